"""JT7xx: the output tree."""

TITLES: dict[str, str] = {}
