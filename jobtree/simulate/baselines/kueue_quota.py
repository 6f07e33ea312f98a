"""Kueue-rules model, quotas: budgets read as ClusterQueues and cohorts, and what is in use of them.

Rules are those that Kueue documents (kueue.sigs.k8s.io/docs/concepts, API v1beta1, v0.12), named page by page:

- an owner is a ClusterQueue; a family is a flat cohort (page "Cohort"; a tree of cohorts is not modelled);
- GPUs of one flavor on the nodes of one selector are a ResourceFlavor; an owner's envelopes of it are its
  ``nominalQuota`` together; an owner without envelopes has a nominalQuota of 0 of all its cohort has, as without one it
  could not borrow ("Cohort", Configuring Quotas);
- an envelope with ``sharing: none`` has a ``lendingLimit`` of 0 ("Cluster Queue", LendingLimit);
- hours, windows, caps over several envelopes and loans of sponsors have no counterpart, and limit nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jobtree.base.identity import Owner
from jobtree.ledger.family import Family, family_of
from jobtree.model.budget import Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.lease import Lease, Payer
from jobtree.model.selector import Selector

ResourceFlavor = tuple[str, Selector]
"""A GPU flavor, and the nodes on which its quota counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """GPUs of one ResourceFlavor in one ClusterQueue. ``lendable`` of ``nominal`` may be used by the cohort.

    ``payer``: the first of the envelopes that the quota is made of; None where there is none.
    """

    flavor: ResourceFlavor
    nominal: int
    lendable: int
    payer: Payer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterQueue:
    """An owner's quotas, in the order in which flavors are tried; ``cohort`` is the first owner of its family."""

    owner: Owner
    cohort: Owner
    quotas: tuple[Quota, ...]

    def quota(self, flavor: ResourceFlavor) -> Quota | None:
        """Its quota of a flavor, or None."""
        return next((quota for quota in self.quotas if quota.flavor == flavor), None)


def cluster_queues(catalog: Catalog) -> Mapping[Owner, ClusterQueue]:
    """A ClusterQueue for each owner of a budget, and for each owner of a run that has family with budgets."""
    family = family_of(catalog.budgets)
    own: dict[Owner, list[Envelope]] = {budget.owner: [] for budget in catalog.budgets}
    for budget in catalog.budgets:
        for parent in budget.parents:
            own.setdefault(parent, [])
        own[budget.owner] += budget.envelopes
    cohorts = _cohorts(family, own)
    found = {}
    for owner, envelopes in sorted(own.items()):
        kin = [envelope for other, ones in sorted(own.items()) if cohorts[other] == cohorts[owner] for envelope in ones]
        quotas = _quotas(envelopes) if envelopes else _borrowing(kin)
        found[owner] = ClusterQueue(owner=owner, cohort=cohorts[owner], quotas=quotas)
    return found


def _cohorts(family: Family, owners: Iterable[Owner]) -> Mapping[Owner, Owner]:
    """Owners that parent links join, however far, are one cohort."""
    found: dict[Owner, Owner] = {}
    for owner in sorted(owners):
        reached = [owner] if owner not in found else []
        for here in reached:
            if here not in found:
                found[here] = owner
                reached += [*family.parents.get(here, ()), *family.children.get(here, ())]
    return found


def _quotas(envelopes: Iterable[Envelope]) -> tuple[Quota, ...]:
    parts: dict[ResourceFlavor, list[Envelope]] = {}
    for envelope in sorted(envelopes, key=lambda one: one.key):
        parts.setdefault((envelope.flavor, envelope.selector), []).append(envelope)
    return tuple(
        Quota(
            flavor=flavor,
            nominal=sum(one.concurrency for one in ones),
            lendable=sum(one.concurrency for one in ones if one.shared_with_family),
            payer=Payer(envelope=ones[0].key, owner=ones[0].owner),
        )
        for flavor, ones in parts.items()
    )


def _borrowing(envelopes: Iterable[Envelope]) -> tuple[Quota, ...]:
    flavors = dict.fromkeys((one.flavor, one.selector) for one in sorted(envelopes, key=lambda one: one.key))
    return tuple(Quota(flavor=flavor, nominal=0, lendable=0, payer=None) for flavor in flavors)


@dataclass(slots=True, kw_only=True)
class Usage:
    """GPUs in use by (ClusterQueue, ResourceFlavor). ``borrowing_limit`` of every queue; None for no limit."""

    queues: Mapping[Owner, ClusterQueue]
    borrowing_limit: int | None
    used: dict[tuple[Owner, ResourceFlavor], int] = field(default_factory=dict)

    def of(self, owner: Owner, flavor: ResourceFlavor) -> int:
        """GPUs that the queue uses of the flavor."""
        return self.used.get((owner, flavor), 0)

    def add(self, owner: Owner, flavor: ResourceFlavor, gpus: int) -> None:
        """More, or with a negative number fewer, GPUs in use."""
        self.used[owner, flavor] = self.of(owner, flavor) + gpus

    def borrowed(self, owner: Owner, flavor: ResourceFlavor) -> int:
        """GPUs in use above the queue's nominalQuota."""
        quota = self.queues[owner].quota(flavor)
        return max(0, self.of(owner, flavor) - (quota.nominal if quota is not None else 0))

    def fits(self, queue: ClusterQueue, quota: Quota, gpus: int, *, most_borrowed: int | None) -> bool:
        """Whether so many more GPUs fit into what is unused ("Cluster Queue", Flavors and borrowing semantics).

        Into ``nominalQuota`` and what the queue may borrow, and into what the whole cohort leaves. ``most_borrowed``
        0: without borrowing; None: as much as the cohort has.
        """
        mine = self.of(queue.owner, quota.flavor)
        if most_borrowed is not None and mine + gpus > quota.nominal + most_borrowed:
            return False
        kept = quota.nominal - quota.lendable
        return gpus <= self._unused(queue.cohort, quota.flavor) + max(0, kept - mine)

    def _unused(self, cohort: Owner, flavor: ResourceFlavor) -> int:
        """What members lend to each other, less what is used of it: a queue uses first what it lends to nobody."""
        unused = 0
        for member in self.queues.values():
            quota = member.quota(flavor) if member.cohort == cohort else None
            if quota is not None:
                kept = quota.nominal - quota.lendable
                unused += quota.lendable - max(0, self.of(member.owner, flavor) - kept)
        return unused


def queue_of(lease: Lease) -> Owner:
    """The ClusterQueue that a lease is counted in."""
    return lease.owner if lease.payer is None else lease.payer.owner


def flavor_of(lease: Lease, catalog: Catalog, queues: Mapping[Owner, ClusterQueue]) -> ResourceFlavor | None:
    """The ResourceFlavor that a lease is counted in: its payer's, else the first of its queue that takes its node."""
    envelope = None if lease.payer is None else catalog.envelopes.get(lease.payer.envelope)
    if envelope is not None:
        return envelope.flavor, envelope.selector
    node = next((node for node in catalog.nodes if node.name == lease.node), None)
    queue = queues.get(queue_of(lease))
    for quota in queue.quotas if queue is not None and node is not None else ():
        if node is not None and quota.flavor[0] == node.flavor and quota.flavor[1].matches(dict(node.labels)):
            return quota.flavor
    return None
