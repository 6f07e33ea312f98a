"""Floor 2: leases become accounts, classes and headroom (semantics.md 4).

Pure integer bookkeeping. It knows budgets, leases and instants; it does not know who asks next or where anything runs.
"""
