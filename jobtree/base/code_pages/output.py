"""JT7xx: the output tree."""

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
}
