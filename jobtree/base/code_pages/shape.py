"""JT2xx: shape and units of documents."""

TITLES: dict[str, str] = {}
