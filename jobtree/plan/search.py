"""Searching for an order of insertion, in counts: other orders, then ruin and recreate (semantics.md 7).

Counted, and drawn from SHA-256 in counter mode, so that the same fleet gives the same order everywhere.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from jobtree.plan.arrays import Ints
from jobtree.plan.draws import Draws
from jobtree.plan.sketch import Berth, Sketch

LARGEST_RUIN = 16
TRACKS = 3
MOVED, REACH = 10, 4
"""In another order every tenth piece moves, by up to a quarter of all places."""
SLACK = 2_000
"""A change for the worse is kept at first if it is below this part of the wait, and at the end if it is none."""

Berths = tuple[Berth | None, ...]
Order = Sequence[int]


def search(sketch: Sketch, orders: Sequence[Order], *, turns: int = 0, rounds: int) -> list[Berths]:
    """Where every piece is in the best sketches found, one from each of the best orders on, the best one first.

    A sketch knows no nodes, so that the best one is not always the one that can be followed. Costs one insertion for
    each piece and order, as many for each of ``turns`` more orders, and some ten for each of ``rounds``.
    """
    found = _Search(sketch)
    waits = [found.fill(order) for order in orders]
    ranked = sorted(range(len(orders)), key=lambda at: waits[at])[:TRACKS]
    tracks = []
    for at in ranked:
        best = found.reorder(orders[at], waits[at], turns // len(ranked))
        tracks.append(found.improve(found.fill(best), rounds // len(ranked)))
    return [berths for _, berths in sorted(tracks, key=lambda track: track[0])]


class _Search:
    def __init__(self, sketch: Sketch) -> None:
        self.sketch, self.draws = sketch, Draws(str(unit.key) for unit in sketch.units)
        self.starts = np.full(len(sketch.pieces), -1, np.int64)
        self.ticks = np.array([piece.ticks for piece in sketch.pieces], np.int64)
        self.weight = [piece.weight for piece in sketch.pieces]

    def fill(self, order: Order) -> int:
        """Empties the sketch and inserts in this order, upstreams first; the wait."""
        everything = range(len(self.weight))
        for at in everything:
            self.sketch.remove(at)
        self._insert(order)
        self._note(everything)
        return sum(map(self.sketch.wait, everything))

    def reorder(self, order: Order, wait: int, turns: int) -> Order:
        """The best order found when some pieces move to and fro in it, again and again."""
        count = len(order)
        places, at = np.arange(count), np.array(order, np.int64)
        for _ in range(turns if count > 1 else 0):
            moves = self.draws.many_below(2 * (count // REACH) + 1, count) - count // REACH
            moved = np.where(self.draws.many_below(MOVED, count) == 0, moves, 0)
            tried = at[np.argsort(places + moved, kind="stable")]
            found = self.fill(tried.tolist())
            if found <= wait:
                wait, at = found, tried
        return [int(piece) for piece in at]

    def improve(self, wait: int, rounds: int) -> tuple[int, Berths]:
        """The least wait on the way, and the berths that have it."""
        least, best = wait, tuple(self.sketch.berths)
        for turn in range(rounds if len(self.weight) > 1 else 0):
            slack = wait * (rounds - turn) // (rounds * SLACK)
            change = self._change(slack)
            wait += change
            if wait < least:
                least, best = wait, tuple(self.sketch.berths)
        return least, best

    def _change(self, slack: int) -> int:
        """Takes some pieces out and inserts them in another order; how much more they wait, 0 if it was undone."""
        ruined = self._ruin()
        before = sum(map(self.sketch.wait, ruined))
        old = [self.sketch.berths[at] for at in ruined]
        for at in ruined:
            self.sketch.remove(at)
        self._insert(self._order(ruined))
        change = sum(map(self.sketch.wait, ruined)) - before
        if change <= slack:
            self._note(ruined)
            return change
        for at in ruined:
            self.sketch.remove(at)
        for at, berth in zip(ruined, old, strict=True):
            self.sketch.put(at, berth)
        return 0

    def _note(self, changed: Iterable[int]) -> None:
        for at in changed:
            berth = self.sketch.berths[at]
            self.starts[at] = -1 if berth is None else berth.start

    def _insert(self, order: Order) -> None:
        """Upstreams first; a cycle is left as it stands."""
        wanted, seen, done = set(order), set[int](), set[int]()
        for first in order:
            stack = [first]
            while stack:
                at = stack[-1]
                seen.add(at)
                ahead = [up for up in self.sketch.pieces[at].upstreams if up in wanted and up not in seen]
                if ahead:
                    stack.append(ahead[0])
                    continue
                stack.pop()
                if at not in done:
                    done.add(at)
                    self.sketch.insert(at)

    def _ruin(self) -> list[int]:
        """A piece, its neighbours in time, and everything that waits for one of them. O(pieces log pieces)."""
        count, horizon = len(self.starts), self.sketch.horizon
        centre, size = self.draws.below(count), self.draws.between(2, LARGEST_RUIN)
        begin = int(self.starts[centre])
        at = begin if begin >= 0 else self.draws.below(horizon)
        noise = self.draws.many_below(max(2, horizon // 16), count)
        distance = np.minimum(abs(self.starts - at), abs(self.starts + self.ticks - at)) + noise
        distance = np.where(self.starts < 0, noise * 8, distance)
        near = [centre, *_nearest(distance, size)]
        taken: dict[int, None] = {}
        while near:
            one = near.pop()
            if one not in taken:
                taken[one] = None
                near += self.sketch.followers[one]
        return list(taken)

    def _order(self, ruined: Sequence[int]) -> list[int]:
        """One of five orders of re-insertion."""
        late = 2 * self.sketch.horizon
        keys: tuple[Callable[[int], int], ...] = (
            lambda at: -self.weight[at],
            lambda at: -int(self.ticks[at]),
            lambda _: self.draws.below(1 << 32),
            lambda at: -self.weight[at] * self.draws.between(64, 255),
            lambda at: (int(self.starts[at]) if self.starts[at] >= 0 else late) * self.draws.between(12, 19),
        )
        return sorted(sorted(ruined), key=keys[self.draws.below(len(keys))])


def _nearest(distance: Ints, size: int) -> list[int]:
    """The indices of the smallest, the first ones among equals."""
    few = np.argsort(distance, kind="stable")[:size]
    return [int(at) for at in few]
