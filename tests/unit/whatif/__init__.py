"""Ideas: what is changed, and nothing else."""
