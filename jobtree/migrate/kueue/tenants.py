"""Whose a ClusterQueue is: owners, their place in the cohorts, and the namespaces that are theirs.

A cohort is an owner, and parent of those in it. ClusterQueues are one owner where one namespace leads into both, for a
namespace has at most one owner (semantics.md 3). Sharing is for one tree of cohorts: an owner with queues in several
trees is family only in that in which it has most GPUs, so that nobody gets a share that Kueue would not give.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobtree.migrate.kueue.objects import ClusterQueue, Cohort, Found
from jobtree.migrate.migration import Note, Outcome
from jobtree.migrate.names import labels

_LONGEST_OWNER = 253
MOST_NAMESPACES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """The owner of some ClusterQueues, sorted by name, with its namespaces, sorted.

    ``root`` is the tree of cohorts in which it shares, None if it shares with nobody. ``apart``: it may not borrow
    there (every borrowingLimit is 0), so it is no family and lends as a sponsor.
    """

    owner: str
    queues: tuple[ClusterQueue, ...]
    namespaces: tuple[str, ...]
    root: str | None
    apart: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenancy:
    """Everybody. ``cohort_owner``: cohort to owner. ``parent``: cohort to the cohort above, without cycles."""

    tenants: tuple[Tenant, ...]
    of_queue: Mapping[str, Tenant]
    cohort_owner: Mapping[str, str]
    parent: Mapping[str, str | None]
    notes: tuple[Note, ...]

    def root_of(self, cohort: str | None) -> str | None:
        """The top of the cohort's tree."""
        return None if cohort is None else _chain(cohort, self.parent)[-1]


def tenancy(found: Found) -> Tenancy:
    """Owners of all ClusterQueues and Cohorts."""
    notes: list[Note] = []
    parent = _parents(found.cohorts, notes)
    segments = labels(found.cohorts, dots=True)
    paths = {name: [segments[step] for step in reversed(_chain(name, parent))] for name in sorted(found.cohorts)}
    taken: set[str] = set()
    cohort_owner = {name: _owner(path, f"cohort {name}", taken) for name, path in paths.items()}
    leaves = labels(queue.name for queue in found.cluster_queues)
    tenants = []
    for queues, namespaces in _joined(found, notes):
        first, root = _home(queues, parent)
        path = [*paths.get(first.cohort or "", []), leaves[first.name]]
        tenants.append(
            Tenant(
                owner=_owner(path, f"queue {first.name}", taken),
                queues=queues,
                namespaces=namespaces,
                root=root,
                apart=_is_apart(queues, root, parent),
            )
        )
        notes.extend(_many_trees(tenants[-1], parent))
    return Tenancy(
        tenants=tuple(sorted(tenants, key=lambda tenant: tenant.owner)),
        of_queue={queue.name: tenant for tenant in tenants for queue in tenant.queues},
        cohort_owner=cohort_owner,
        parent=parent,
        notes=tuple(notes),
    )


def _parents(cohorts: Mapping[str, Cohort], notes: list[Note]) -> Mapping[str, str | None]:
    """Cohort to its parent; a cohort that is its own ancestor has none here."""
    parent = {name: cohort.parent for name, cohort in cohorts.items()}
    cyclic = [name for name in sorted(parent) if _returns(name, parent)]
    for name in cyclic:
        text = (
            "it is its own ancestor, so Kueue admits nothing below it; here it has no parent, and shares below itself"
        )
        notes.append(Note(outcome=Outcome.CHANGED, source=f"Cohort {name}: parentName", target=None, text=text))
    return {name: None if name in cyclic else above for name, above in parent.items()}


def _returns(name: str, parent: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    here = parent[name]
    while here is not None and here not in seen:
        if here == name:
            return True
        seen.add(here)
        here = parent[here]
    return False


def _chain(name: str, parent: Mapping[str, str | None]) -> list[str]:
    """The cohort and those above it."""
    chain = [name]
    while (above := parent[chain[-1]]) is not None:
        chain.append(above)
    return chain


def _owner(path: Sequence[str], key: str, taken: set[str]) -> str:
    """A colon path for a key; one that is too long or somebody's already gets eight digits of the key's hash."""
    owner = ":".join(path)
    if owner in taken or len(owner) > _LONGEST_OWNER:
        digest = hashlib.sha256(key.encode()).hexdigest()[:8]
        owner = ":".join((path[0], f"{path[-1]}-{digest}")) if len(path) > 1 else f"{path[0]}-{digest}"
    taken.add(owner)
    return owner


def _joined(found: Found, notes: list[Note]) -> Iterator[tuple[tuple[ClusterQueue, ...], tuple[str, ...]]]:
    """ClusterQueues with GPUs that one namespace leads into, and all their namespaces; in the order of names."""
    queues = {queue.name: queue for queue in found.cluster_queues if queue.quotas}
    leads: dict[str, set[str]] = {name: set() for name in queues}
    for (namespace, _), local in found.local_queues.items():
        leads.get(local.cluster_queue, set()).add(namespace)
    for work in found.workloads:
        if not work.finished and work.admitted_by is not None:
            leads.get(work.admitted_by, set()).add(work.namespace)
    into: dict[str, list[str]] = {}
    for name in sorted(leads):
        for namespace in leads[name]:
            into.setdefault(namespace, []).append(name)
    seen: set[str] = set()
    for first in sorted(leads):
        if first not in seen:
            names, spaces = _reach(first, leads, into)
            seen.update(names)
            notes.extend(_merged(names, spaces))
            yield tuple(queues[name] for name in names), tuple(spaces)


def _reach(first: str, leads: Mapping[str, set[str]], into: Mapping[str, list[str]]) -> tuple[list[str], list[str]]:
    """Queues that are connected with the first through namespaces, and these namespaces; both sorted."""
    names, spaces, frontier = {first: None}, set[str](), [first]
    for here in frontier:
        for namespace in sorted(leads[here] - spaces):
            spaces.add(namespace)
            frontier += [name for name in into[namespace] if name not in names]
            names.update(dict.fromkeys(into[namespace]))
    return sorted(names), sorted(spaces)


def _merged(names: Sequence[str], spaces: Sequence[str]) -> Iterator[Note]:
    if len(names) > 1:
        text = (
            f"{', '.join(spaces)} may use all of them, and a namespace has one owner: they become budgets of one "
            "owner, whose runs use them together; to keep them apart, give each queue namespaces of its own first"
        )
        source = f"ClusterQueues {', '.join(names)}"
        yield Note(outcome=Outcome.CHANGED, source=source, target="one owner", text=text)


def _home(queues: Sequence[ClusterQueue], parent: Mapping[str, str | None]) -> tuple[ClusterQueue, str | None]:
    """The queue that an owner is called after, and the tree in which it shares: that of most GPUs, then by name."""
    gpus: dict[str, int] = {}
    for queue in queues:
        if queue.cohort is not None:
            top = _chain(queue.cohort, parent)[-1]
            gpus[top] = gpus.get(top, 0) + sum(quota.nominal.whole for quota in queue.quotas)
    root = min(gpus, key=lambda name: (-gpus[name], name)) if gpus else None
    mine = (queue for queue in queues if queue.cohort is not None and _chain(queue.cohort, parent)[-1] == root)
    return next(mine, queues[0]), root


def _many_trees(tenant: Tenant, parent: Mapping[str, str | None]) -> Iterator[Note]:
    for queue in tenant.queues:
        if queue.cohort is not None and _chain(queue.cohort, parent)[-1] != tenant.root:
            text = (
                f"its owner shares in cohort {tenant.root}, and in one tree only; what it has here it keeps for "
                "itself, and does not get what others leave unused"
            )
            source = f"ClusterQueue {queue.name} in cohort {queue.cohort}"
            yield Note(outcome=Outcome.CHANGED, source=source, target=f"owner {tenant.owner}", text=text)


def _is_apart(queues: Sequence[ClusterQueue], root: str | None, parent: Mapping[str, str | None]) -> bool:
    if root is None:
        return False
    limits = [
        quota.borrowing
        for queue in queues
        if queue.cohort is not None and _chain(queue.cohort, parent)[-1] == root
        for quota in queue.quotas
    ]
    return all(limit is not None and limit.whole == 0 for limit in limits)
