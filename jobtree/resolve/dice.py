"""Dice from SHA-256 in counter mode, without bias (docs/lottery.md, Dice)."""

import hashlib
import struct
from collections.abc import Iterator
from typing import Protocol

WORDS = 1 << 64
_BLOCK = struct.Struct(">4Q")


class Dice(Protocol):
    """What a draw asks for chance: the real dice, one outcome of many, or samples."""

    def uniform(self, sides: int, /) -> int:
        """A number from 0 to sides - 1, each with the same chance; one side asks for nothing."""


class FirstOfAll:
    """Dice that always fall on the first side: for the slice that a reservation intends, before anything is drawn."""

    def uniform(self, _sides: int, /) -> int:
        """0, whatever the number of sides."""
        return 0


class SeededDice:
    """The dice of one lottery: everything follows from seed and kind."""

    __slots__ = ("_words",)

    def __init__(self, seed: str, kind: str) -> None:
        self._words = words(bytes.fromhex(seed), kind)

    def uniform(self, sides: int) -> int:
        """A word modulo ``sides``, where words too large for an equal share are passed over. O(1) expected."""
        if not 1 <= sides <= WORDS:
            raise ValueError(f"no dice have {sides} sides")
        if sides == 1:
            return 0
        too_large = refused_from(sides)
        while (word := next(self._words)) >= too_large:
            pass
        return word % sides


def words(seed: bytes, kind: str) -> Iterator[int]:
    """64-bit words, four of each block: SHA-256 of seed, kind, a zero byte, and the block's number in 8 bytes."""
    start = hashlib.sha256(seed + kind.encode("ascii") + b"\0")
    for number in range(WORDS):
        block = start.copy()
        block.update(number.to_bytes(8, "big"))
        yield from _BLOCK.unpack(block.digest())


def refused_from(sides: int) -> int:
    """The least word that is passed over: the largest multiple of ``sides`` that is at most 2^64."""
    return WORDS - WORDS % sides
