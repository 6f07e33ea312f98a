"""Floor 1: the nouns, frozen.

Budgets, runs, trees, nodes, leases, reservations, and the plan. Values only: no reading, no solving, no clock.
Every class is a frozen, slotted, keyword-only dataclass whose tuples are in canonical order.
"""
