"""How often this process looks for reference cycles."""

import gc

NEWEST, YOUNG, OLD = 100_000, 20, 20


def collect_rarely() -> None:
    """Looks for cycles among 100,000 new objects and not among 700, which are what Python begins with.

    A compile makes millions of objects that refer to what is older than they are, so there is hardly a cycle to find,
    and looking for them took a tenth of its time. What is no cycle is freed at once as ever.
    """
    gc.set_threshold(NEWEST, YOUNG, OLD)
