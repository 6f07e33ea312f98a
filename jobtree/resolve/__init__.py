"""Floor 4: who yields when a funded claim lacks GPUs: structural cuts and the public lottery (semantics.md 8).

Everything is decided by the arguments. Entropy comes in as text; no clock, no chance, no file may enter.
"""
