"""JT3xx: links between documents."""

TITLES: dict[str, str] = {}
