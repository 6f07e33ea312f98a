"""Floor 5: text becomes a catalog, or located diagnostics."""
