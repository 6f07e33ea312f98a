"""JT1xx: reading YAML."""

TITLES: dict[str, str] = {}
