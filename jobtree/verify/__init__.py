"""Apart: the independent checker. Imports nothing of the rest of jobtree."""
