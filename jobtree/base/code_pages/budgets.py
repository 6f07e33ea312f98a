"""JT4xx: budgets and lending. The refusals of cover (semantics.md 5)."""

TITLES: dict[str, str] = {
    "JT401": "no envelope may pay",
    "JT402": "the window is closed",
    "JT403": "concurrency is short",
    "JT404": "GPU-hours are short",
    "JT405": "an aggregate cap is short",
    "JT406": "a tree quota is short",
    "JT407": "lending is denied",
    "JT408": "the borrow limit is reached",
}
