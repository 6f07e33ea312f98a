"""JT776 to JT780: the report page."""

TITLES: dict[str, str] = {
    "JT776": "the plan cannot be shown",
    "JT777": "the series cannot be shown",
    "JT778": "the plan was made from other inputs",
    "JT779": "the page cannot be written there",
}
