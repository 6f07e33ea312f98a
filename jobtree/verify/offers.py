"""Who may pay for a run, derived from budgets alone (semantics.md 5)."""

from collections.abc import Iterator
from dataclasses import dataclass

from jobtree.verify.accounts import Accounts, Charge
from jobtree.verify.budgets import Envelope, selects
from jobtree.verify.claims import BORROWED, SHARED, payable, relation
from jobtree.verify.facts import Facts
from jobtree.verify.kinds import Kinds
from jobtree.verify.runs import Run
from jobtree.verify.units import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An envelope that may pay, when, and which accounts that uses."""

    envelope: Envelope
    window: Interval
    charges: tuple[Charge, ...]


class Desk:
    """Answers who may pay; runs that ask alike are answered once."""

    def __init__(self, facts: Facts, kinds: Kinds) -> None:
        self.facts = facts
        self._by_flavor: dict[str, list[Envelope]] = {}
        for envelope in facts.inputs.envelopes.values():
            if envelope.owner in facts.inputs.fleet.owners and self._still_pays(envelope):
                self._by_flavor.setdefault(envelope.flavor, []).append(envelope)
        self._kinds = kinds.all
        self._known: dict[object, tuple[Offer, ...]] = {}

    def offers(self, run: Run) -> tuple[Offer, ...]:
        """All who may pay for some of its pods at some instant."""
        own_limit = run.key if run.borrow_limit is not None else None
        asked = (run.owner, run.flavor, tuple(sorted(run.selector.items())), self.facts.per_pod(run), run.quotas)
        lent = (run.borrows, run.sponsors, run.borrow_limit, own_limit)
        if (asked, lent) not in self._known:
            self._known[asked, lent] = tuple(self._offers(run))
        return self._known[asked, lent]

    def _offers(self, run: Run) -> Iterator[Offer]:
        inputs, accounts = self.facts.inputs, self.facts.accounts
        if run.owner not in inputs.fleet.owners:
            return
        own = [kind.labels for kind in self._kinds if kind.flavor == run.flavor and selects(run.selector, kind.labels)]
        for envelope in self._by_flavor.get(run.flavor, ()):
            kind, _, _ = relation(inputs, run.owner, envelope.owner)
            if not _may(envelope, run, kind) or self._too_small(envelope, run, kind):
                continue
            if not own or any(envelope.selects(labels) for labels in own):
                yield _offer(envelope, run, kind, accounts)

    def _still_pays(self, envelope: Envelope) -> bool:
        """Its window has not closed, and it takes reservations if it has not opened."""
        now, (start, end) = self.facts.plan.as_of, envelope.window
        return end > now and (start <= now or envelope.admits_early or envelope.promises_early)

    def _too_small(self, envelope: Envelope, run: Run, kind: str) -> bool:
        """Whether not one pod of the run fits its limits."""
        limits = [envelope.limits, *([envelope.lending] if kind == BORROWED else [])]
        gpus = [found.gpus for found in limits] + ([run.borrow_limit] if kind == BORROWED else [])
        pod = self.facts.per_pod(run)
        return any(most is not None and most < pod for most in gpus) or any(found.gpu_seconds == 0 for found in limits)


def _may(envelope: Envelope, run: Run, kind: str) -> bool:
    if kind == BORROWED:
        return run.borrows and envelope.owner in run.sponsors and envelope.lends(run.owner)
    return kind != SHARED or envelope.shared


def _offer(envelope: Envelope, run: Run, kind: str, accounts: Accounts) -> Offer:
    charges = accounts.charges(envelope, run, borrowed=kind == BORROWED)
    return Offer(envelope=envelope, window=payable(envelope), charges=charges)
