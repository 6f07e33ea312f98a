"""JT7xx: the output tree and the ledger."""

TITLES: dict[str, str] = {
    "JT701": "the output folder holds files that jobtree did not write",
    "JT702": "the output cannot be written there",
    "JT703": "the lock is damaged",
    "JT704": "the lock does not fit the inputs",
    "JT705": "there is no lock",
    "JT706": "the output would change",
    "JT707": "an output file was edited by hand",
    "JT708": "another compile is writing the output",
    "JT709": "there is no output to read",
    "JT710": "open leases would be dropped",
    "JT711": "a line of the ledger is damaged",
    "JT712": "the chain of the ledger is broken",
    "JT713": "not a file of the ledger",
    "JT714": "a lease is closed twice",
    "JT715": "the ledger lost lines",
    "JT716": "the ledger cannot be read or written",
    "JT717": "CODEOWNERS is not what the registry says",
    "JT718": "the change moves the output folder",
}
