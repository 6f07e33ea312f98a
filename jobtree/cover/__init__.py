"""Floor 2: who may pay for a run, and in what order (semantics.md 5).

Cover offers and the plan chooses, so the order in which runs are looked at cannot matter.
"""
