"""JT19x: simulating a fleet."""

TITLES: dict[str, str] = {
    "JT191": "the faults of a simulation cannot be used",
    "JT192": "a trace cannot be used",
    "JT193": "an overlay cannot be used",
}
