"""jobtree compiles a fleet repository into a proven plan and its manifests."""
