"""What a reservation commits to, and the seed that comes of it (docs/lottery.md, Commitment and Seed)."""

import hashlib
from collections.abc import Iterable

from jobtree.base.instant import Instant
from jobtree.model.contention import CUT_ORDER, Commitment, CutKind, CutUnit

RULE = "jobtree/lottery/v1"
LOTTERIES = (CutKind.RECLAIM_UNFUNDED, CutKind.LOTTERY)
"""Kinds of cut whose units are drawn; the units of the others are cut in the order in which they are listed."""


def canonical(units: Iterable[CutUnit]) -> tuple[CutUnit, ...]:
    """By kind in CUT_ORDER; lottery kinds by (owner, name), the others in the order given. O(units log units)."""
    return tuple(sorted(units, key=_place))


def digest_of(units: Iterable[CutUnit]) -> str:
    """The candidate digest: hex SHA-256 over one line for each unit in canonical order. O(units + frees)."""
    return _sha256("".join(_line(unit) for unit in canonical(units)))


def seed_of(reservation: str, digest: str, input_digest: str, entropy: str) -> str:
    """Hex seed of both lotteries of a claim. ``reservation`` is namespace/name of the Reservation object."""
    return _sha256("".join(f"{part}\n" for part in (RULE, reservation, digest, input_digest, entropy)))


def commit(units: Iterable[CutUnit], input_digest: str, published: Instant) -> Commitment:
    """Fixes the candidates of both lotteries; units of the structural kinds are left out, as nobody draws them."""
    drawable = canonical(unit for unit in units if unit.kind in LOTTERIES)
    return Commitment(
        rule=RULE, units=drawable, digest=digest_of(drawable), input_digest=input_digest, published=published
    )


def _place(unit: CutUnit) -> tuple[int, str, str]:
    named = (unit.owner, unit.name) if unit.kind in LOTTERIES else ("", "")
    return (CUT_ORDER.index(unit.kind), *named)


def _line(unit: CutUnit) -> str:
    """No owner, name or node can hold a tab, a comma, an equals sign or a newline, so equal lines are equal units."""
    frees = ",".join(f"{on.node}={on.gpus}" for on in sorted(unit.frees, key=lambda on: on.node))
    return "\t".join((unit.kind.value, unit.owner, unit.name, str(unit.gpus), frees, ",".join(unit.after))) + "\n"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
