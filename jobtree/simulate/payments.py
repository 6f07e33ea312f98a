"""Payments: one payer who may pay, and no more GPUs than it may pay for (semantics.md 4, 5 and 11)."""

from collections.abc import Iterator

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Interval
from jobtree.model.budget import Budget, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.lease import Lease, LeaseReason, Role
from jobtree.model.run import Run
from jobtree.simulate.moment import Moment

Fault = tuple[str, str]
Name = tuple[object, ...]
"""Of an account: its kind, and what it is of."""


def payment_faults(catalog: Catalog, lease: Lease) -> Iterator[Fault]:
    """What is wrong with who pays for a lease that begins. O(budgets)."""
    run = catalog.run_of.get(lease.run)
    if run is None:
        return
    if lease.payer is None:
        if not run.funding.allow_opportunistic and lease.reason is LeaseReason.START:
            yield "one-payer", f"{lease.run} starts unfunded"
        return
    envelope = catalog.envelopes.get(lease.payer.envelope)
    node = next((one for one in catalog.nodes if one.name == lease.node), None)
    if envelope is None or envelope.owner != lease.payer.owner:
        yield "one-payer", f"{lease.payer.envelope}, which pays for {lease.run}, is not there"
        return
    if envelope.flavor != run.flavor or (node is not None and not envelope.selector.matches(dict(node.labels))):
        yield "selector-match", f"{envelope.key} pays for {lease.run} on {lease.node}, which it does not select"
    if not _pays_then(envelope, lease.interval) and lease.reason is not LeaseReason.SWAP:
        yield "window", f"{envelope.key} pays for {lease.run} outside of its window"
    if not _may_pay(catalog, envelope, run):
        yield "family", f"{envelope.key} may not pay for {lease.run}"


def _pays_then(envelope: Envelope, held: Interval) -> bool:
    window = envelope.window
    opened = window.start is None or window.start <= held.start or envelope.pre_activation.allow_admission
    return opened and (window.end is None or held.end <= window.end)


def _may_pay(catalog: Catalog, envelope: Envelope, run: Run) -> bool:
    if envelope.owner == run.owner:
        return True
    above = ancestors(catalog.budgets)
    if above.get(envelope.owner, {envelope.owner: None}).keys() & above.get(run.owner, {run.owner: None}).keys():
        return envelope.shared_with_family
    lends = envelope.lending.allow and _lends_to(envelope.lending.to, run.owner)
    return run.funding.allow_borrow and envelope.owner in run.funding.sponsors and lends


def _lends_to(globs: tuple[str, ...], owner: Owner) -> bool:
    return not globs or any(glob == owner or (glob.endswith("*") and owner.startswith(glob[:-1])) for glob in globs)


def ancestors(budgets: tuple[Budget, ...]) -> dict[Owner, dict[Owner, None]]:
    """Each owner with all that its family leads up to, itself among them."""
    parents: dict[Owner, dict[Owner, None]] = {}
    for budget in budgets:
        parents.setdefault(budget.owner, {}).update(dict.fromkeys(budget.parents))
    found: dict[Owner, dict[Owner, None]] = {}
    for owner in sorted({*parents, *(parent for own in list(parents.values()) for parent in own)}):
        reach, todo = {owner: None}, [owner]
        while todo:
            for parent in parents.get(todo.pop(), ()):
                if parent not in reach:
                    reach[parent] = None
                    todo.append(parent)
        found[owner] = reach
    return found


class Payments:
    """GPUs of every account that firm claims hold, counted as they begin and end.

    Firm are claims that nobody can displace and that nothing but their own end makes unfunded: the payer is the run's
    owner or a sponsor, in a run that nobody else pays for, of an envelope without bounds in time and without hours
    (its caps' among them). They were all funded when they began, and the budgets of a simulation do not change: so they
    fit together at every instant, whoever else holds what.
    """

    def __init__(self) -> None:
        self._open: dict[Key, dict[Lease, None]] = {}
        self._firm: dict[Lease, tuple[Name, ...]] = {}
        self._used: dict[Name, int] = {}
        self._limits: dict[Name, int] = {}
        self._plain: dict[EnvelopeKey, tuple[Name, ...]] = {}

    def hold(self, catalog: Catalog, lease: Lease) -> None:
        """A lease begins. Renewals that lie ahead count from the start: they follow upon a lease of the same slots."""
        if lease.reason is LeaseReason.RENEW or lease.payer is None or lease.role is Role.OPPORTUNISTIC:
            return
        if not self._plain:
            self._read(catalog)
        run, names = catalog.run_of.get(lease.run), self._plain.get(lease.payer.envelope)
        if run is None or names is None or run.quotas:
            return
        envelope = catalog.envelopes[lease.payer.envelope]
        if envelope.owner != run.owner:
            above = ancestors(catalog.budgets)
            if above[envelope.owner].keys() & above.get(run.owner, {run.owner: None}).keys():
                return
            names = (*names, ("lending", envelope.key), ("borrow", run.key))
            if run.funding.max_borrow_gpus is not None:
                self._limits["borrow", run.key] = run.funding.max_borrow_gpus
        self._open.setdefault(lease.run, {})[lease] = None
        self._firm[lease] = names

    def release(self, lease: Lease) -> None:
        """A lease ends."""
        if self._firm.pop(lease, None) is not None:
            del self._open[lease.run][lease]

    def faults(self, moment: Moment) -> Iterator[Fault]:
        """Accounts that firm claims hold more of than there is. O(open leases that are firm)."""
        held: dict[Key, int] = {}
        for lease in moment.left.history.leases:
            if lease.interval.holds(moment.at) and lease.role is not Role.OPPORTUNISTIC:
                held[lease.run] = held.get(lease.run, 0) + 1
        used: dict[Name, int] = {}
        for run, leases in self._open.items():
            if len(leases) == held.get(run):
                for lease in leases:
                    for name in self._firm[lease]:
                        used[name] = used.get(name, 0) + len(lease.slots)
        for name, gpus in used.items():
            if gpus > self._limits.get(name, gpus):
                yield "concurrency", f"{' '.join(map(str, name))} holds {gpus} GPUs of {self._limits[name]}"

    def _read(self, catalog: Catalog) -> None:
        caps: dict[EnvelopeKey, list[Name]] = {}
        hourly: dict[EnvelopeKey, None] = {}
        for budget in catalog.budgets:
            for cap in budget.caps:
                name = ("cap", budget.key, cap.name)
                if cap.max_concurrency is not None:
                    self._limits[name] = cap.max_concurrency
                for key in cap.envelopes:
                    caps.setdefault(key, []).append(name)
                    hourly |= {key: None} if cap.max_gpu_seconds is not None else {}
        for key, envelope in catalog.envelopes.items():
            self._limits["envelope", key] = envelope.concurrency
            if envelope.lending.max_concurrency is not None:
                self._limits["lending", key] = envelope.lending.max_concurrency
            hours = (envelope.max_gpu_seconds, envelope.lending.max_gpu_seconds)
            bounds = (envelope.window.start, envelope.window.end)
            if key not in hourly and hours == (None, None) and bounds == (None, None):
                self._plain[key] = (("envelope", key), *caps.get(key, ()))
