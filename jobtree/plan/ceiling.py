"""What accounts can carry at most, whichever payers are chosen (semantics.md 5)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from jobtree.base.identity import EnvelopeKey
from jobtree.plan.arrays import UNLIMITED, Ints
from jobtree.plan.component import Component
from jobtree.plan.demand import Demand


def charged_always(members: Sequence[Demand]) -> Mapping[EnvelopeKey, frozenset[int]]:
    """For each payer of the members, the accounts that all its offers charge; empty if somebody may start unfunded."""
    charged: dict[EnvelopeKey, frozenset[int]] = {}
    if any(demand.run.funding.allow_opportunistic for demand in members):
        return charged
    for bid in (bid for demand in members for bid in demand.bids):
        rows = frozenset(row for row, _ in bid.charges)
        charged[bid.offer.payer.envelope] = charged.get(bid.offer.payer.envelope, rows) & rows
    return charged


def payers_level(component: Component, charged: Mapping[EnvelopeKey, frozenset[int]]) -> Ints | None:
    """GPUs that these payers can carry together at most, per event time of the accounts; None: no limit.

    Payers that share an account, such as a cap over several envelopes, count once, for the smaller of it and their sum.
    """
    if not charged or not all(charged.values()):
        return None
    level = component.empty.accounts.level
    most = {payer: np.clip(level[sorted(rows)].min(axis=0), 0, UNLIMITED >> 8) for payer, rows in charged.items()}
    total = np.zeros(level.shape[1], np.int64)
    for row, payers in _joined(charged):
        total += np.minimum(np.maximum(level[row], 0), np.sum([most[payer] for payer in payers], axis=0))
    return None if int(total.max()) >= UNLIMITED >> 8 else total


def _joined(charged: Mapping[EnvelopeKey, frozenset[int]]) -> Iterator[tuple[int, list[EnvelopeKey]]]:
    """Splits payers by an account that they charge together, the account that most of the rest share first."""
    left = dict(charged)
    while left:
        sharers = Counter(row for rows in left.values() for row in rows)
        shared = min(sharers, key=lambda row: (-sharers[row], row))
        payers = [payer for payer, rows in left.items() if shared in rows]
        yield shared, payers
        left = {payer: rows for payer, rows in left.items() if payer not in payers}
