"""Floor 0: words without scheduling.

Identity, quantities, instants, diagnostics and the registry of codes. Nothing here knows what a GPU fleet is;
nothing here may import another floor, read a file, ask the clock or draw a random number.
"""
