"""Reservations as they were published: the promises a later plan must keep (semantics.md 3 and 7, level 1)."""

from dataclasses import dataclass

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.contention import Contention


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A published earliest start of a run that has not started, with the width and nodes that were intended.

    ``name`` is that of the Reservation object. ``natural_start`` is when it was expected to fit without cuts;
    ``contention`` is None where the promised instant needs none.
    """

    run: Key
    earliest_start: Instant
    width: int
    nodes: tuple[str, ...]
    name: str = ""
    natural_start: Instant | None = None
    contention: Contention | None = None
