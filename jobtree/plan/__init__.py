"""Floor 3: one plan for all runs at once (semantics.md 6, 7, 9)."""
