"""Floor 6: policies of others, as functions from what stands to a plan, to compare jobtree's own with."""
