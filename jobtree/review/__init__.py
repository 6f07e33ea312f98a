"""Floor 5: what changes between two plans of one fleet, as a value, and as people and programs read it.

Both plans are made elsewhere, of the same instant, the same facts and the same seed. Nothing here decides anything.
"""
