"""The three array types of the plan: every decision is made on integers and truth values."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

UNLIMITED = 1 << 60
"""Stands for no limit; far above any sum of GPU-seconds, far below overflow."""
