"""JT4xx: budgets and lending. The refusals of cover (semantics.md 5), and house rules on budgets and runs."""

TITLES: dict[str, str] = {
    "JT401": "no envelope may pay",
    "JT402": "the window is closed",
    "JT403": "concurrency is short",
    "JT404": "GPU-hours are short",
    "JT405": "an aggregate cap is short",
    "JT406": "a tree quota is short",
    "JT407": "lending is denied",
    "JT408": "the borrow limit is reached",
    "JT409": "a house rule is broken",
    "JT410": "a waiver is over",
    "JT411": "a waiver waives nothing",
    "JT412": "no such policy bundle",
    "JT413": "a window is about to close",
    "JT414": "an expression cannot be compiled",
    "JT415": "an example is not as it says",
    "JT416": "the plan breaks a house rule",
    "JT417": "the change breaks a house rule",
    "JT418": "expressions could not be evaluated",
}
