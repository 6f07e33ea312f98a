"""Floor 1: optimisation without GPUs.

Problems, solutions, the protocol that a solver fulfils, and lexicographic levels. It knows no word of scheduling.
"""
