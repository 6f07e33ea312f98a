"""Every term of every pod as a claim on accounts (semantics.md 4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from jobtree.verify.accounts import Accounts, Charge
from jobtree.verify.budgets import Envelope, EnvelopeKey
from jobtree.verify.inputs import Inputs
from jobtree.verify.plan import RESERVE, SPARE, Entry, Group, Pod
from jobtree.verify.runs import Key, Run
from jobtree.verify.units import FOREVER, Interval

OWNED, SHARED, BORROWED, UNFUNDED = "Owned", "Shared", "Borrowed", "Unfunded"
Owners = dict[tuple[Key, EnvelopeKey], str]
"""Who the leases of a run say owns an envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One term of one pod. ``payable``: when its payer may pay; ``fundable``: whether it ever may."""

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
    promised: bool


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


def claims_of(entry: Entry, inputs: Inputs, accounts: Accounts, owners: Owners) -> Iterator[Claim]:
    """All claims of one decision; none if it is refused."""
    if entry.interval is None:
        return
    run = inputs.runs.get(entry.run)
    reader = _Reader(entry=entry, run=run, inputs=inputs, accounts=accounts, owners=owners)
    for group, pod in entry.pods:
        for interval, payer in pod.terms(entry.interval):
            yield reader.claim(group, pod, interval, payer)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    entry: Entry
    run: Run | None
    inputs: Inputs
    accounts: Accounts
    owners: Owners

    def claim(self, group: Group, pod: Pod, interval: Interval, payer: EnvelopeKey | None) -> Claim:
        envelope = self.inputs.envelopes.get(payer) if payer else None
        owner = self._payer_owner(payer, envelope)
        kind, tier, distance = UNFUNDED, 0, 0
        if owner is not None:
            kind, tier, distance = relation(self.inputs, self.entry.owner, owner)
        assert self.entry.interval is not None
        admitted = self.run.admitted if self.run else None
        return Claim(
            run=self.entry.run,
            group=group.index,
            pod=pod,
            interval=interval,
            payer=payer,
            payer_owner=owner,
            relation=kind,
            rank=(tier, distance, self.entry.interval[0] if admitted is None else admitted, self.entry.run),
            whole=self.run is None or self.run.elastic is None,
            gpus=len(pod.slots),
            rate=self.inputs.fleet.spare_rate if pod.role == SPARE else Fraction(1),
            payable=payable(envelope) if envelope else (-FOREVER, FOREVER),
            fundable=envelope is not None and self._fundable(envelope, owner, pod, kind),
            charges=self._charges(payer, envelope, kind),
            promised=self.entry.decision == RESERVE,
        )

    def _payer_owner(self, payer: EnvelopeKey | None, envelope: Envelope | None) -> str | None:
        if payer is None:
            return None
        stated = self.owners.get((self.entry.run, payer))
        return stated if stated is not None else envelope.owner if envelope else None

    def _charges(self, payer: EnvelopeKey | None, envelope: Envelope | None, kind: str) -> tuple[Charge, ...]:
        """A payer whose budget is gone charges nobody; work that nobody pays still uses its trees' quotas."""
        if payer is not None and envelope is None:
            return ()
        return self.accounts.charges(envelope, self.run, borrowed=kind == BORROWED)

    def _fundable(self, envelope: Envelope, owner: str | None, pod: Pod, kind: str) -> bool:
        node = self.inputs.nodes.get(pod.node)
        return (
            owner == envelope.owner
            and {envelope.owner, self.entry.owner} <= self.inputs.fleet.owners.keys()
            and (kind != SHARED or envelope.shared)
            and (node is None or (node.flavor == envelope.flavor and envelope.selects(node.labels)))
        )
