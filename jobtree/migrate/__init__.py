"""Floor 5: from other schedulers' objects to the files of a fleet repository, with a note on everything.

Pure: objects come in as plain data with places, documents go out as plain data in wire form. May not read, write, ask
the time, or know a sibling; whoever calls it parses, checks and writes.
"""
