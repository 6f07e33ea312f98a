"""Floor 7: the outside world, one file for each part of it."""
