"""The lottery, written from docs/lottery.md: digest, seed, dice, draw, return."""

import hashlib
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from jobtree.verify.contention import CUT_ORDER, LOTTERIES, RULE, Lottery, Unit
from jobtree.verify.counting import Tally

_WORDS = 1 << 64


def digest_of(units: Iterable[Unit]) -> str:
    """The candidate digest, whatever order the units come in."""
    lines = hashlib.sha256()
    for unit in canonical(units):
        frees = ",".join(f"{node}={gpus}" for node, gpus in unit.frees)
        fields = (unit.kind, unit.owner, unit.name, str(unit.gpus), frees, ",".join(unit.after))
        lines.update(("\t".join(fields) + "\n").encode("utf-8", "surrogatepass"))
    return lines.hexdigest()


def canonical(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """Units in canonical order: by kind, lottery kinds by owner and name; structural ones as they stand."""
    return tuple(sorted(units, key=_place))


def _place(unit: Unit) -> tuple[int, str, str]:
    ordered = unit.kind in LOTTERIES
    return (CUT_ORDER.index(unit.kind), unit.owner if ordered else "", unit.name if ordered else "")


def seed_of(lottery: Lottery) -> str:
    """The seed that rule, reservation, digests and entropy give."""
    lines = (RULE, lottery.reservation, lottery.committed_digest, lottery.input_digest, lottery.entropy)
    return hashlib.sha256("".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass")).hexdigest()


class Dice:
    """One stream of 64-bit words, by seed and kind."""

    def __init__(self, seed: str, kind: str) -> None:
        self._words = _stream(bytes.fromhex(seed) + kind.encode("ascii") + b"\0")

    def uniform(self, sides: int) -> int:
        """A number from 0 to ``sides`` - 1; one side takes no word."""
        if sides == 1:
            return 0
        limit = _WORDS - _WORDS % sides
        return next(word for word in self._words if word < limit) % sides


def _stream(start: bytes) -> Iterator[int]:
    block = 0
    while True:
        digest = hashlib.sha256(start + block.to_bytes(8, "big")).digest()
        for offset in (0, 8, 16, 24):
            yield int.from_bytes(digest[offset : offset + 8], "big")
        block += 1


class _Pool:
    """Units that are not drawn: ready ones by owner and name, and those that wait for others."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units = {unit.name: unit for unit in units}
        self.ready: dict[str, list[str]] = {}
        self.owners: list[str] = []
        self._missing: dict[str, int] = {}
        self._waiting: dict[str, list[str]] = {}
        for unit in self._units.values():
            needed = [name for name in dict.fromkeys(unit.after) if name in self._units]
            self._missing[unit.name] = len(needed)
            for name in needed:
                self._waiting.setdefault(name, []).append(unit.name)
            if not needed:
                self._release(unit)

    def take(self, owner: str, place: int) -> Unit:
        """Draws the owner's unit at this place; units that waited for it may be ready then."""
        unit = self._units[self.ready[owner].pop(place)]
        if not self.ready[owner]:
            del self.ready[owner], self.owners[bisect_left(self.owners, owner)]
        for name in self._waiting.get(unit.name, ()):
            self._missing[name] -= 1
            if not self._missing[name]:
                self._release(self._units[name])
        return unit

    def _release(self, unit: Unit) -> None:
        if unit.owner not in self.ready:
            insort(self.owners, unit.owner)
        insort(self.ready.setdefault(unit.owner, []), unit.name)


def hold(units: Iterable[Unit], tally: Tally, dice: Dice) -> tuple[Unit, ...]:
    """Draws units until the needs are met or nobody is left; the tally has them cut then."""
    pool, drawn = _Pool(units), []
    while not tally.met and pool.owners:
        owner = pool.owners[dice.uniform(len(pool.owners))]
        unit = pool.take(owner, dice.uniform(len(pool.ready[owner])))
        tally.cut(unit.frees)
        drawn.append(unit)
    return tuple(drawn)


def give_back(cut: Iterable[Unit], tally: Tally) -> tuple[str, ...]:
    """Names of the units that turn out unnecessary, the last cut first; the tally has them put back then."""
    order = tuple(cut)
    needed: dict[str, int] = {}
    for unit in order:
        for name in unit.after:
            needed[name] = needed.get(name, 0) + 1
    returned = []
    for unit in reversed(order):
        if needed.get(unit.name, 0):
            continue
        tally.put_back(unit.frees)
        if tally.met:
            returned.append(unit.name)
            for name in unit.after:
                needed[name] -= 1
        else:
            tally.cut(unit.frees)
    return tuple(returned)
