"""Floor 6: a virtual clock around the real passes. No clock, no files, no chance but that of a seed."""
