"""Every term of every pod as a claim on accounts (semantics.md 4)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from jobtree.verify.accounts import Accounts, Charge
from jobtree.verify.budgets import Envelope, EnvelopeKey
from jobtree.verify.inputs import Inputs
from jobtree.verify.lease import SPARE, Closed, Mark
from jobtree.verify.plan import RESERVE, Entry, Pod
from jobtree.verify.runs import Key, Run
from jobtree.verify.units import FOREVER, Interval

OWNED, SHARED, BORROWED, UNFUNDED = "Owned", "Shared", "Borrowed", "Unfunded"
Owners = dict[tuple[Key, EnvelopeKey], str]
"""Who the leases of a run say owns an envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One term of one pod. ``payable``: when its payer may pay; ``fundable``: whether it ever may; ``new``: ours."""

    run: Key
    group: int
    pod: Pod
    interval: Interval
    payer: EnvelopeKey | None
    payer_owner: str | None
    relation: str
    rank: tuple[int, int, int, Key]
    whole: bool
    gpus: int
    rate: Fraction
    payable: Interval
    fundable: bool
    charges: tuple[Charge, ...]
    new: bool = False
    promised: bool = False


def relation(inputs: Inputs, owner: str, payer: str) -> tuple[str, int, int]:
    """Class, tier and distance of a run's owner seen from a payer; whoever is no family can only be a sponsor."""
    if owner == payer:
        return (OWNED, 0, 0)
    kin = inputs.kin.relation(owner, payer)
    return (BORROWED, 0, 0) if kin is None else (SHARED, *kin)


def payable(envelope: Envelope) -> Interval:
    """When an envelope may pay: its window, or from ever before it with ``allowAdmission``."""
    start, end = envelope.window
    return (-FOREVER if envelope.admits_early else start, end)


def claims_of(
    entry: Entry, inputs: Inputs, accounts: Accounts, owners: Owners, new: frozenset[Mark]
) -> Iterator[Claim]:
    """All claims of one decision; none if it holds nothing."""
    if entry.interval is None:
        return
    reader = _reader((entry.run, entry.owner), entry.interval[0], inputs, accounts)
    for group, pod in entry.pods:
        is_new = entry.mark(group, pod) in new
        for interval, payer in pod.terms(entry.interval[1]):
            stated = None if is_new or payer is None else owners.get((entry.run, payer))
            claim = reader.claim(pod, group.index, interval, payer, stated)
            yield replace(claim, new=is_new, promised=entry.decision == RESERVE)


def spent_claims(closed: Iterable[Closed], inputs: Inputs, accounts: Accounts, as_of: int) -> Iterator[Claim]:
    """What leases that are over were charged: their time is fixed and behind us."""
    for one in closed:
        lease = one.lease
        pod = Pod(
            rank=lease.rank,
            role=lease.role,
            node=lease.node,
            slots=lease.slots,
            start=lease.interval[0],
            reason=lease.reason,
            payer=lease.payer,
            renewals=(),
        )
        reader = _reader((lease.run, lease.owner), lease.interval[0], inputs, accounts)
        interval = (one.held[0], max(one.held[0], min(one.held[1], as_of)))
        yield reader.claim(pod, lease.group, interval, lease.payer, lease.payer_owner)


def _reader(whose: tuple[Key, str], started: int, inputs: Inputs, accounts: Accounts) -> "_Reader":
    """For leases of one run and owner; ``started`` ranks a run whose admission nobody knows."""
    run = inputs.runs.get(whose[0])
    admitted = started if run is None or run.admitted is None else run.admitted
    return _Reader(key=whose[0], owner=whose[1], run=run, admitted=admitted, inputs=inputs, accounts=accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    key: Key
    owner: str
    run: Run | None
    admitted: int
    inputs: Inputs
    accounts: Accounts

    def claim(self, pod: Pod, group: int, interval: Interval, payer: EnvelopeKey | None, stated: str | None) -> Claim:
        envelope = self.inputs.envelopes.get(payer) if payer else None
        owner = stated if stated is not None or payer is None else envelope.owner if envelope else None
        kind, tier, distance = UNFUNDED, 0, 0
        if owner is not None:
            kind, tier, distance = relation(self.inputs, self.owner, owner)
        return Claim(
            run=self.key,
            group=group,
            pod=pod,
            interval=interval,
            payer=payer,
            payer_owner=owner,
            relation=kind,
            rank=(tier, distance, self.admitted, self.key),
            whole=self.run is None or self.run.elastic is None,
            gpus=len(pod.slots),
            rate=self.inputs.fleet.spare_rate if pod.role == SPARE else Fraction(1),
            payable=payable(envelope) if envelope else (-FOREVER, FOREVER),
            fundable=envelope is not None and self._fundable(envelope, owner, pod, kind),
            charges=self._charges(payer, envelope, kind),
        )

    def _charges(self, payer: EnvelopeKey | None, envelope: Envelope | None, kind: str) -> tuple[Charge, ...]:
        """A payer whose budget is gone charges nobody; work that nobody pays still uses its trees' quotas."""
        if payer is not None and envelope is None:
            return ()
        return self.accounts.charges(envelope, self.run, borrowed=kind == BORROWED)

    def _fundable(self, envelope: Envelope, owner: str | None, pod: Pod, kind: str) -> bool:
        node = self.inputs.nodes.get(pod.node)
        return (
            owner == envelope.owner
            and {envelope.owner, self.owner} <= self.inputs.fleet.owners.keys()
            and (kind != SHARED or envelope.shared)
            and (node is None or (node.flavor == envelope.flavor and envelope.selects(node.labels)))
        )
