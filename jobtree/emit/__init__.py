"""Floor 5: a plan becomes manifests, lock and seal."""
