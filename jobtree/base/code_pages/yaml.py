"""JT1xx: reading YAML."""

TITLES: dict[str, str] = {
    "JT101": "not valid YAML",
    "JT102": "not UTF-8",
    "JT103": "byte-order mark",
    "JT104": "control character",
    "JT105": "tab in indentation",
    "JT106": "file too large",
    "JT107": "file holds too much",
    "JT108": "nested too deep",
    "JT109": "duplicate key",
    "JT110": "anchor or alias",
    "JT111": "merge key",
    "JT112": "explicit tag",
    "JT113": "ambiguous number",
    "JT114": "ambiguous boolean or null",
    "JT115": "plain date where text is expected",
    "JT116": "key is not text",
    "JT117": "YAML directive",
}
