"""The three array types of the plan: every decision is made on integers and truth values."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.signedinteger]
Flags = NDArray[np.bool_]

NODE_LEVEL = np.int16
"""GPUs of one node: there are many nodes and instants, and no node has thousands of GPUs."""

UNLIMITED = 1 << 60
"""Stands for no limit; far above any sum of GPU-seconds, far below overflow."""
