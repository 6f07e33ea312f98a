"""What a page is made of, and the leases in it: of the ledger, open ones, and promised ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from jobtree.base.identity import Domain, Owner
from jobtree.base.instant import Instant
from jobtree.model.catalog import Catalog
from jobtree.model.lease import ClosedLease, Lease, Payer
from jobtree.report.plan_file import PlanFile
from jobtree.report.series import Series

PAST, OPEN, PROMISED = 0, 1, 2
"""Kinds of stay: over, held now, and promised for later."""
NOWHERE = Domain(region="", cluster="", fabric="")
"""The domain of nodes that neither the inputs nor the plan know any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffTitles:
    """As of when two plans were compared, and the command that compares them again."""

    instant: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``past`` is the ledger in order of closing; ``notes`` are sentences about the page as a whole.

    ``diff`` is a plan diff (schemas/outputs/plan-diff.json), ``series`` that of a simulation, where they were asked.
    """

    plan: PlanFile
    catalog: Catalog
    past: tuple[ClosedLease, ...] = ()
    notes: tuple[str, ...] = ()
    version: str = ""
    diff: Mapping[str, object] | None = None
    titles: DiffTitles | None = None
    series: Series | None = None

    @property
    def shown_from(self) -> Instant:
        """How far back the page looks: as far as the plan looks ahead."""
        horizon = self.plan.horizon
        return Instant(min(self.plan.as_of, self.plan.as_of - horizon.seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A lease of the page. ``closed`` is why it is over, for one of the ledger: its interval is when it was held."""

    lease: Lease
    kind: int
    closed: str = ""


def stays_of(facts: Facts) -> tuple[Stay, ...]:
    """All leases that hold or held something: those of the ledger, then those of the plan, by run."""
    return (*_past(facts), *_planned(facts))


def _past(facts: Facts) -> Iterator[Stay]:
    for one in facts.past:
        if one.held.seconds:
            yield Stay(lease=replace(one.lease, interval=one.held), kind=PAST, closed=str(one.closure))


def _planned(facts: Facts) -> Iterator[Stay]:
    for run in facts.plan.runs:
        kind = PROMISED if run.decision == "reserve" else OPEN
        for lease in run.leases:
            yield Stay(lease=replace(lease, payer=_owned(lease.payer, facts.catalog)), kind=kind)


def _owned(payer: Payer | None, catalog: Catalog) -> Payer | None:
    """The payer with the owner that its budget names; nobody's where the budget is gone."""
    if payer is None:
        return None
    envelope = catalog.envelopes.get(payer.envelope)
    return replace(payer, owner=envelope.owner if envelope else Owner(""))


def domains_of_nodes(facts: Facts) -> Mapping[str, Domain]:
    """The domain of each node that the inputs or the plan know."""
    planned = {node: domain for run in facts.plan.runs for node, domain in run.domains}
    return {**planned, **{node.name: node.domain for node in facts.catalog.nodes}}
