"""JT781 to JT785: a fleet in one file, and plans that are only looked at."""

TITLES: dict[str, str] = {
    "JT781": "somebody else is editing the snapshot",
    "JT782": "the snapshot cannot be edited",
    "JT785": "the plan was refused",
}
