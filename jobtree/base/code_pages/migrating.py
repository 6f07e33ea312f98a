"""JT18x: importing the objects of another scheduler."""

TITLES: dict[str, str] = {
    "JT181": "a field of an imported object cannot be read",
    "JT182": "there is nothing to import",
    "JT183": "a file of the import is there already",
    "JT184": "an imported object is there twice, and differs",
    "JT185": "the imported fleet does not pass the check",
    "JT186": "an imported object is of an unknown version",
}
