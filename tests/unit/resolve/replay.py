"""The lottery a second time, written from docs/lottery.md alone: plain, slow, and without the package's own code.

Needs and units are read by attribute. ``ask`` stands for the dice: ``ask(kind, sides)``.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

KINDS = ("ReclaimUnfunded", "DropSpare", "Shrink", "Lottery")
DRAWN_KINDS = ("ReclaimUnfunded", "Lottery")
Ask = Callable[[str, int], int]
Lines = Sequence[Any]


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def in_order(units: Lines) -> list[Any]:
    ordered: list[Any] = []
    for kind in KINDS:
        mine = [unit for unit in units if unit.kind == kind]
        ordered += sorted(mine, key=lambda unit: (unit.owner, unit.name)) if kind in DRAWN_KINDS else mine
    return ordered


def digest(units: Lines) -> str:
    text = ""
    for unit in in_order(units):
        frees = ",".join(f"{on.node}={on.gpus}" for on in sorted(unit.frees, key=lambda on: on.node))
        text += f"{unit.kind}\t{unit.owner}\t{unit.name}\t{unit.gpus}\t{frees}\t{','.join(unit.after)}\n"
    return sha(text.encode()).hex()


def seed(reservation: str, candidates: str, inputs: str, entropy: str) -> str:
    return sha(f"jobtree/lottery/v1\n{reservation}\n{candidates}\n{inputs}\n{entropy}\n".encode()).hex()


def word(seed_hex: str, kind: str, number: int) -> int:
    block, part = divmod(number, 4)
    data = sha(bytes.fromhex(seed_hex) + kind.encode() + b"\x00" + block.to_bytes(8, "big"))
    return int.from_bytes(data[8 * part : 8 * part + 8], "big")


class Stream:
    """``used`` are the words read so far."""

    def __init__(self, seed_hex: str) -> None:
        self.seed, self.used = seed_hex, dict.fromkeys(KINDS, 0)

    def __call__(self, kind: str, sides: int) -> int:
        if sides == 1:
            return 0
        while True:
            value = word(self.seed, kind, self.used[kind])
            self.used[kind] += 1
            if value < 2**64 - 2**64 % sides:
                return value % sides


def met(needs: Lines, cut: Lines) -> bool:
    for need in needs:
        supply = 0
        for place in need.free:
            freed = sum(on.gpus for unit in cut for on in unit.frees if on.node == place.node)
            supply += max(0, place.gpus + freed) // need.per_pod
        if supply < need.pods:
            return False
    return True


def ready(unit: Any, units: Lines, cut: Lines) -> bool:
    waiting = {other.name for other in units} - {other.name for other in cut}
    return not waiting & set(unit.after)


def lottery(needs: Lines, units: Lines, cut: list[Any], kind: str, ask: Ask) -> None:
    """Adds what is drawn to ``cut``."""
    while not met(needs, cut):
        possible = [unit for unit in units if unit.kind == kind and unit not in cut and ready(unit, units, cut)]
        if not possible:
            return
        owners = sorted({unit.owner for unit in possible})
        owner = owners[ask(kind, len(owners))]
        mine = sorted((unit for unit in possible if unit.owner == owner), key=lambda unit: unit.name)
        cut.append(mine[ask(kind, len(mine))])


def whole_cut(needs: Lines, units: Lines, ask: Ask) -> tuple[list[Any], list[Any]] | None:
    """Everything in the order of cutting, and what of it was returned, in order."""
    cut: list[Any] = []
    if not met(needs, units):
        return None
    for kind in KINDS:
        if kind in DRAWN_KINDS:
            lottery(needs, units, cut, kind, ask)
        else:
            for unit in units:
                if unit.kind == kind and not met(needs, cut) and ready(unit, units, cut):
                    cut.append(unit)
    if not met(needs, cut):
        return None
    left, returned = list(cut), []
    for unit in cut[::-1]:
        rest = [other for other in left if other is not unit]
        if met(needs, rest) and not any(unit.name in other.after for other in rest):
            left = rest
            returned.append(unit)
    return cut, returned


def every_way(needs: Lines, units: Lines) -> Iterator[tuple[Fraction, list[Any], list[Any]]]:
    """Each way in which the dice can fall: its chance, what was cut and what was returned."""

    def follow(falls: list[int]) -> tuple[Any, list[int]]:
        asked: list[int] = []

        def ask(_: str, sides: int) -> int:
            asked.append(sides)
            return falls[len(asked) - 1] if len(asked) <= len(falls) else 0

        return whole_cut(needs, units, ask), asked

    falls: list[int] | None = []
    while falls is not None:
        result, asked = follow(falls)
        falls = falls + [0] * (len(asked) - len(falls))
        chance = Fraction(1)
        for sides in asked:
            chance /= sides
        yield (chance, *(result or ([], [])))
        falls = _next(falls, asked)


def _next(falls: list[int], asked: list[int]) -> list[int] | None:
    while falls and falls[-1] + 1 == asked[len(falls) - 1]:
        falls = falls[:-1]
    return [*falls[:-1], falls[-1] + 1] if falls else None
