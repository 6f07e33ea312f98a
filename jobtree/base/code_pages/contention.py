"""JT6xx: contention (semantics.md 8)."""

TITLES: dict[str, str] = {
    "JT601": "it waits until others make room",
    "JT602": "a lottery has no entropy that came after its candidates",
    "JT603": "a lottery was drawn with entropy that anybody could predict",
    "JT604": "the entropy file is no beacon round",
}
