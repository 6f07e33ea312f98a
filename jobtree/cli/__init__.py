"""Floor 8: front doors, no decisions."""
