"""Slurm's lists of names: ``h[01-08,12],login``."""

import re
from collections.abc import Iterator
from itertools import product

MOST = 100_000
_RANGE = re.compile(r"([0-9]{1,12})(?:-([0-9]{1,12}))?", re.ASCII)


def expand(text: str) -> tuple[str, ...]:
    """All names, in order. Raises ValueError for brackets that do not close, and for more than ``MOST`` names."""
    names: list[str] = []
    for item in split(text):
        names.extend(_expanded(item, MOST - len(names)))
    return tuple(names)


def split(text: str, brackets: str = "[]") -> Iterator[str]:
    """Items between commas that stand in no brackets, in one pass; empty ones are left out."""
    start, inside = 0, False
    for index, char in enumerate(text):
        if char in brackets:
            inside = char == brackets[0]
        elif char == "," and not inside:
            if index > start:
                yield text[start:index]
            start = index + 1
    if start < len(text):
        yield text[start:]


def _expanded(item: str, room: int) -> Iterator[str]:
    pieces: list[tuple[str, ...] | list[str]] = []
    size = 1
    for index, part in enumerate(re.split(r"[\[\]]", item)):
        choices = [part] if index % 2 == 0 else list(_numbers(part, room // size))
        size *= len(choices)
        pieces.append(choices)
    if len(pieces) % 2 == 0 or size > room:
        raise ValueError(f"{item[:80]!r} is no list of at most {MOST:,} names")
    return ("".join(parts) for parts in product(*pieces))


def _numbers(text: str, room: int) -> Iterator[str]:
    """``01-03,7``: numbers of a range have the width of its first."""
    for item in text.split(","):
        match = _RANGE.fullmatch(item)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, -1)
        room -= last - first + 1
        if match is None or last < first or room < 0:
            raise ValueError(f"[{text[:80]}] is no range of at most {MOST:,} numbers")
        yield from (f"{number:0{len(match[1])}}" for number in range(first, last + 1))
