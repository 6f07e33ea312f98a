"""Numbers for a search: SHA-256 in counter mode over names, the same on any machine."""

from collections.abc import Iterable
from hashlib import sha256

import numpy as np

from jobtree.plan.arrays import Ints

_GAMMA, _FIRST, _SECOND = (np.uint64(word) for word in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


class Draws:
    """A sequence that depends on the names alone."""

    __slots__ = ("_number", "_seed", "_words")

    def __init__(self, names: Iterable[str]) -> None:
        self._seed, self._number = sha256("\n".join(names).encode()).digest(), 0
        self._words: list[int] = []

    def word(self) -> int:
        """64 bits."""
        if not self._words:
            block = sha256(self._seed + self._number.to_bytes(8, "big")).digest()
            self._number += 1
            self._words = [int.from_bytes(block[at : at + 8], "big") for at in (24, 16, 8, 0)]
        return self._words.pop()

    def below(self, sides: int) -> int:
        """From 0 to sides - 1."""
        return self.word() % sides

    def between(self, first: int, last: int) -> int:
        """From first to last."""
        return first + self.below(last - first + 1)

    def many_below(self, sides: int, count: int) -> Ints:
        """So many numbers below ``sides``, mixed from one word by SplitMix64."""
        mixed = np.arange(count, dtype=np.uint64) * _GAMMA + np.uint64(self.word())
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        return ((mixed ^ (mixed >> np.uint64(31))) % np.uint64(sides)).astype(np.int64)
