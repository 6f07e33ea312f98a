"""``kubectl runs``: the front door of researchers."""
