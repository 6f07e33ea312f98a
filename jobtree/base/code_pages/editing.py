"""JT786 to JT795: editing a fleet with ``kubectl runs``."""

TITLES: dict[str, str] = {
    "JT786": "this cannot be submitted",
    "JT787": "another object has this name",
    "JT788": "there is no such run",
    "JT789": "a fixed run cannot shrink",
    "JT790": "the run has no such width",
    "JT791": "the edit has no place",
    "JT792": "the run cannot have this sponsor",
    "JT793": "the edit cannot be committed",
    "JT794": "the cluster cannot be used",
    "JT795": "the edit belongs in the repository",
}
