"""Edits of a fleet as data, and YAML text that is changed in place. Nothing here reads or writes a file."""
