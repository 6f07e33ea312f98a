"""Who pays for whom: payer's owner x run's owner x class, in GPUs and GPU-seconds (semantics.md 4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jobtree.base.identity import Owner
from jobtree.base.instant import Instant
from jobtree.ledger.account import EnvelopeAccount
from jobtree.ledger.charging import lease_charge, until
from jobtree.ledger.family import Family, family_of
from jobtree.ledger.held import HeldClaim, relation
from jobtree.model.catalog import Catalog
from jobtree.model.lease import FundingClass, Lease
from jobtree.report.names import Names, Table, table
from jobtree.report.plan_file import RunEntry

Pair = tuple[Owner, Owner, str]
"""Who pays ('' for nobody), whose run, and the class."""


@dataclass(slots=True, kw_only=True)
class _Sums:
    """GPUs at the plan's instant and promised for later; GPU-seconds before the instant and after it."""

    counts: dict[Pair, list[int]] = field(default_factory=dict)

    def add(self, pair: Pair, place: int, amount: int) -> None:
        self.counts.setdefault(pair, [0, 0, 0, 0])[place] += amount


def payments_table(
    runs: Iterable[RunEntry],
    leases: Sequence[Lease],
    claims: Iterable[HeldClaim],
    catalog: Catalog,
    frame: tuple[Instant, Mapping[Owner, int], Names],
) -> Table:
    """GPUs are in the class that the plan says; GPU-seconds in that of the payer's relation to the run's owner.

    ``frame``: the plan's instant, rows of owners, texts.
    """
    as_of, owners, names = frame
    sums = _Sums()
    for run in runs:
        place = 1 if run.decision == "reserve" else 0
        for share in run.shares if run.decision in ("start", "running", "reserve") else ():
            payer = share.payer.owner if share.payer else Owner("")
            sums.add((payer, run.owner, share.funding.value), place, share.gpus)
    _add_hours(sums, leases, claims, as_of, family_of(catalog.budgets))
    rows = [
        (owners.get(payer, -1), owners[owner], names.of(kind), *counts)
        for (payer, owner, kind), counts in sorted(sums.counts.items())
    ]
    return table(("payer", "owner", "class", "now", "later", "spent", "planned"), rows)


def _add_hours(
    sums: _Sums, leases: Sequence[Lease], claims: Iterable[HeldClaim], as_of: Instant, family: Family
) -> None:
    for claim in claims:
        lease = leases[claim.index]
        for entry in claim.charges:
            if isinstance(entry.label, EnvelopeAccount) and lease.payer:
                kind = relation(lease.payer.owner, lease.owner, family)[0]
                before = lease_charge(claim.gpus, claim.rate, entry=entry, interval=until(claim.interval, as_of))
                total = lease_charge(claim.gpus, claim.rate, entry=entry, interval=claim.interval)
                sums.add((lease.payer.owner, lease.owner, kind.value), 2, before)
                sums.add((lease.payer.owner, lease.owner, kind.value), 3, total - before)
        if lease.payer is None:
            pair = (Owner(""), lease.owner, FundingClass.UNFUNDED.value)
            sums.add(pair, 2, claim.gpus * until(claim.interval, as_of).seconds)
            sums.add(pair, 3, claim.gpus * (claim.interval.seconds - until(claim.interval, as_of).seconds))
