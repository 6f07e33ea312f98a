"""The published prices as runs see them: what a GPU-second costs where they may sit, with whoever may pay there."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobtree.verify.accounts import BORROW, CAP, ENVELOPE, LENDING, QUOTA, AccountKey
from jobtree.verify.budgets import spell
from jobtree.verify.facts import Facts
from jobtree.verify.kinds import Kinds
from jobtree.verify.leftover import Leftover
from jobtree.verify.offers import Desk, Offer
from jobtree.verify.release import opening
from jobtree.verify.runs import Run
from jobtree.verify.tariff import Curve, added, curve, during, least, product

Tariff = tuple[Curve, Curve]
"""What a GPU-second costs over time, and 1 where nobody may pay for it."""

_WORDS = {ENVELOPE: "envelope", LENDING: "lending of", CAP: "cap", BORROW: "borrow limit of", QUOTA: "quota of tree"}
FREE = curve(())


def named(key: AccountKey) -> str:
    """An account as plan.json names it."""
    return f"{_WORDS[key[0]]} {spell(key[1:])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Priced:
    """An account that costs something."""

    key: AccountKey
    steps: Curve
    charged: int


class Market:
    """Prices of the certificate."""

    def __init__(self, facts: Facts, desk: Desk, kinds: Kinds) -> None:
        self._facts, self._desk, self._kinds = facts, desk, kinds
        self._rows = [(row.nodes, curve(row.steps)) for row in facts.plan.certificate.nodes]
        keys = {named(key): key for key in facts.accounts.of}
        self._priced = {
            keys[row.account]: _Priced(key=keys[row.account], steps=curve(row.steps), charged=row.charged)
            for row in facts.plan.certificate.accounts
        }
        self._prices_of = self._by_kind()
        self._known: dict[object, tuple[Tariff, ...]] = {}

    def worth(self, leftover: Leftover) -> int:
        """What everything that is left costs at these prices."""
        nodes = sum(product(price, leftover.of_node(name)) for names, price in self._rows for name in names)
        return nodes + sum(self._account_worth(row, leftover) for row in self._priced.values())

    def tariffs(self, run: Run) -> tuple[Tariff, ...]:
        """The prices of a GPU-second that the run may choose from: one of them holds for each of its GPUs."""
        per_pod = self._facts.per_pod(run)
        offers = () if run.opportunistic else self._desk.offers(run)
        asked = (self._kinds.taking(run, per_pod), run.opportunistic, run.spares == 0, tuple(map(id, offers)))
        if asked not in self._known:
            found: dict[object, Tariff] = {}
            for kind in self._kinds.taking(run, per_pod):
                payers = [offer for offer in offers if offer.envelope.selects(self._kinds.all[kind].labels)]
                for place in self._prices_of.get(kind, ()):
                    name = (place, *map(id, payers))
                    if name not in found:
                        found[name] = self._tariff(place, payers, run)
            self._known[asked] = tuple(found.values())
        return self._known[asked]

    def closes(self, run: Run) -> int:
        """When the last window of a payer closes, in seconds from the plan's instant."""
        return max((offer.window[1] for offer in self._desk.offers(run)), default=0) - self._facts.plan.as_of

    def _tariff(self, place: int, payers: Sequence[Offer], run: Run) -> Tariff:
        price = FREE if place < 0 else self._rows[place][1]
        if run.opportunistic:
            return price, FREE
        now = self._facts.plan.as_of
        dues, closed = least([(self._dues(offer, run), opening(offer, now)) for offer in payers])
        return added([price, dues]), closed

    def _dues(self, offer: Offer, run: Run) -> Curve:
        """What the payer's accounts cost, hours only while they are charged.

        With spares no hours are certain: another may pay for what works.
        """
        curves, now = [], self._facts.plan.as_of
        for charge in offer.charges:
            row = self._priced.get(charge.account)
            if row is not None:
                start, end = charge.window
                curves += [row.steps, during((start - now, end - now), 0 if run.spares else row.charged)]
        return added(curves) if curves else FREE

    def _account_worth(self, row: _Priced, leftover: Leftover) -> int:
        level, seconds = leftover.of_account(row.key), leftover.seconds(row.key)
        return (product(row.steps, level) if level else 0) + row.charged * (seconds or 0)

    def _by_kind(self) -> dict[int, tuple[int, ...]]:
        """The rows in which nodes of each kind stand; -1 where some cost nothing."""
        row_of = {name: place for place, (names, _) in enumerate(self._rows) for name in names}
        found: dict[int, dict[int, None]] = {}
        for name, kind in self._kinds.of.items():
            found.setdefault(kind, {})[row_of.get(name, -1)] = None
        return {kind: tuple(sorted(places)) for kind, places in found.items()}
