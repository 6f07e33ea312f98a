"""A plan in counts: when units would start if GPUs of an island were all alike, on a grid of ticks.

Nothing that is promised comes from here: nodes, spares apart and what payers' selectors match are left out, and
durations are rounded. It is fast, so it is where orders of insertion are searched for; the real insertion then decides
(``plan.insert``).
"""

from dataclasses import dataclass

import numpy as np

from jobtree.plan.arrays import UNLIMITED, Flags, Ints
from jobtree.plan.component import Component
from jobtree.plan.draft import Draft
from jobtree.plan.piece import Piece, Rows, Scene, islands, per_tick, piece_of, tick_of
from jobtree.plan.unit import followers

TRIES = (0, 1, 2, 4, 8, 16, 32, 64)
"""Which of the possible starts are looked at closely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Berth:
    """Where a piece is: its start, GPUs by row of ``free``, and GPUs by payer's rows."""

    start: int
    taken: tuple[tuple[int, int], ...]
    paid: tuple[tuple[Rows, int], ...]


class Sketch:
    """``free`` GPUs of islands and ``head``room of accounts, rows by ticks; ``left`` GPU-ticks of accounts.

    The last account has no limit.
    """

    __slots__ = ("berths", "followers", "free", "head", "horizon", "left", "pieces", "tick", "units")

    def __init__(self, component: Component, promised: Draft) -> None:
        """The component without the units that are seated in ``promised``, in the room that these leave."""
        self.units = tuple(unit for unit in component.units if unit.key not in promised.seatings)
        span = component.situation.horizon.seconds
        tick = tick_of(component, span)
        self.horizon = -(-span // tick)
        rows, self.free = islands(component, promised, tick, self.horizon)
        head = per_tick(promised.accounts, promised.accounts.level, tick, self.horizon)
        self.head = np.concatenate([head, np.full((1, self.horizon), UNLIMITED, np.int64)])
        self.left = np.minimum(np.append(promised.seconds, UNLIMITED), UNLIMITED) // tick
        number = {run.key: at for at, unit in enumerate(self.units) for run in unit.runs}
        scene = Scene(component=component, promised=promised, rows=rows, number=number, tick=tick)
        self.pieces = tuple(piece_of(scene, unit) for unit in self.units)
        waiting = followers(self.units)
        place = {unit.key: at for at, unit in enumerate(self.units)}
        self.followers = tuple(tuple(place[other.key] for other in waiting[unit.key]) for unit in self.units)
        self.berths: list[Berth | None] = [None] * len(self.units)
        self.tick = tick

    def wait(self, at: int) -> int:
        """What a unit adds to the wait, in weight x ticks."""
        berth = self.berths[at]
        return self.pieces[at].weight * (self.horizon if berth is None else berth.start)

    def insert(self, at: int) -> None:
        """Gives a unit its earliest berth, if there is one. O(ticks x (places + payers))."""
        piece = self.pieces[at]
        first = piece.first
        for upstream in piece.upstreams:
            berth = self.berths[upstream]
            if berth is None:
                return
            first = max(first, berth.start + self.pieces[upstream].ticks)
        if first > piece.last or not piece.places:
            return
        found = self._earliest(piece, first)
        if found is not None:
            self.berths[at] = found
            self._apply(piece, found, -1)

    def remove(self, at: int) -> None:
        """Takes a unit out."""
        berth = self.berths[at]
        if berth is not None:
            self.berths[at] = None
            self._apply(self.pieces[at], berth, +1)

    def put(self, at: int, berth: Berth | None) -> None:
        """Puts a unit back where it was."""
        self.berths[at] = berth
        if berth is not None:
            self._apply(self.pieces[at], berth, -1)

    def _earliest(self, piece: Piece, first: int) -> Berth | None:
        end = min(self.horizon, piece.last + piece.ticks)
        limits = self._affordable(piece)
        poor = self._funds(piece, slice(first, end), limits) < piece.gpus
        best: Berth | None = None
        for rows in piece.places:
            bad = poor | (self._groups(piece, rows, slice(first, end)) < piece.groups)
            found = _windows(bad, piece.ticks, piece.last - first)
            free = self._free(rows, slice(0, self.horizon))
            for at in TRIES:
                if at >= len(found) or (best is not None and int(found[at]) + first >= best.start):
                    break
                start = int(found[at]) + first
                room = _whole(free[:, start : start + piece.ticks].min(axis=1), piece.size)
                berth = self._berth(piece, (rows, room.tolist()), start, limits) if room.sum() >= piece.groups else None
                if berth is not None:
                    best = berth
                    break
        return best

    def _funds(self, piece: Piece, when: slice, limits: Ints) -> Ints:
        """GPUs that all payers could carry together."""
        able = np.flatnonzero(limits)
        head = self.head[piece.accounts[able, 0], when]
        for column in range(1, piece.accounts.shape[1]):
            head = np.minimum(head, self.head[piece.accounts[able, column], when])
        gpus = _whole(np.maximum(np.minimum(head, limits[able, None]), 0), piece.pod) * piece.pod
        total: Ints = (gpus if piece.opens is None else gpus * piece.opens[able, when]).sum(axis=0)
        return total

    def _affordable(self, piece: Piece) -> Ints:
        """GPUs for all of its time that the budgets of each payer's accounts still allow, shape (payers,)."""
        due = piece.charged * piece.ticks
        left = np.minimum(self.left[piece.accounts].min(axis=1), due)
        limits: Ints = np.maximum(left, 0) * piece.gpus // due
        return limits

    def _groups(self, piece: Piece, rows: Rows, when: slice) -> Ints:
        total: Ints = _whole(self._free(rows, when), piece.size).sum(axis=0)
        return total

    def _free(self, rows: Rows, when: slice) -> Ints:
        return self.free[rows[0] : rows[-1] + 1, when] if _dense(rows) else self.free[list(rows), when]

    def _berth(self, piece: Piece, room: tuple[Rows, list[int]], start: int, limits: Ints) -> Berth | None:
        """The berth at a start, if it can be paid there; ``room``: groups that fit into each row."""
        when = slice(start, start + piece.ticks)
        paid: list[tuple[Rows, int]] = []
        left, spent = piece.gpus, dict[int, int]()
        for payer, limit in zip(piece.payers, limits.tolist(), strict=True):
            if not left or not limit or payer.opens > start or payer.closes < start + piece.ticks:
                continue
            heads = self.head[list(payer.rows), when].min(axis=1, initial=UNLIMITED).tolist()
            head = min([head - spent.get(row, 0) for row, head in zip(payer.rows, heads, strict=True)], default=left)
            share = max(0, min(left, head, limit)) // piece.pod * piece.pod
            if share:
                paid.append((payer.rows, share))
                spent |= {row: spent.get(row, 0) + share for row in payer.rows}
                left -= share
        return None if left else Berth(start=start, taken=_packed(piece, *room), paid=tuple(paid))

    def _apply(self, piece: Piece, berth: Berth, sign: int) -> None:
        when = slice(berth.start, berth.start + piece.ticks)
        for row, gpus in berth.taken:
            self.free[row, when] += sign * gpus
        for rows, gpus in berth.paid:
            for row in rows:
                self.head[row, when] += sign * gpus
                self.left[row] += sign * (-(-gpus * piece.charged * piece.ticks // piece.gpus))


def _whole(gpus: Ints, size: int) -> Ints:
    """How many whole ones of a size there are; by shifting, where that is possible, because dividing takes longer."""
    whole: Ints = gpus >> (size.bit_length() - 1) if size & (size - 1) == 0 else gpus // size
    return whole


def _dense(rows: Rows) -> bool:
    return rows[-1] - rows[0] + 1 == len(rows)


def _packed(piece: Piece, rows: Rows, room: list[int]) -> tuple[tuple[int, int], ...]:
    """GPUs by row, where there is room: the tightest island that holds all groups, else the roomiest first."""
    whole = [at for at in range(len(rows)) if room[at] >= piece.groups]
    if whole:
        return ((rows[min(whole, key=lambda at: room[at])], piece.gpus),)
    left, taken = piece.groups, []
    for at in sorted(range(len(rows)), key=lambda at: -room[at]):
        share = min(left, room[at])
        if share:
            taken.append((rows[at], share * piece.size))
            left -= share
    return tuple(taken)


def _windows(bad: Flags, ticks: int, latest: int) -> Ints:
    """Starts, up to ``latest``, of so many ticks none of which is bad; what lies behind the end is good."""
    before = np.zeros(len(bad) + 1 + ticks, np.int64)
    np.cumsum(bad, out=before[1 : len(bad) + 1])
    before[len(bad) + 1 :] = before[len(bad)]
    starts = min(latest, len(bad) - 1) + 1
    found: Ints = np.flatnonzero(before[ticks : ticks + starts] == before[:starts])
    return found
