"""JT9xx: bugs of jobtree itself."""

TITLES: dict[str, str] = {
    "JT901": "internal error",
}
