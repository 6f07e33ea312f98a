"""What stood before this plan: the earlier tree's leases and promises, where they are known."""

from dataclasses import dataclass

from jobtree.verify.contention import Commitment, read_commitment
from jobtree.verify.field import Field
from jobtree.verify.lease import GROW, RENEW, SWAP, Lease, Mark, read_lease
from jobtree.verify.plan import FINISHED, RUNNING, START, Entry
from jobtree.verify.runs import Key
from jobtree.verify.tree import Manifest, Tree
from jobtree.verify.violation import FormatError


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """An earlier Reservation: its start, and what it committed to for its lottery."""

    name: str
    start: int
    commitment: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """``manifests`` are Lease objects by namespace and name; ``unread`` says of promises what cannot be read."""

    known: bool
    manifests: dict[Key, Manifest]
    leases: dict[Key, Lease]
    promises: dict[Key, Promise]
    unread: tuple[str, ...]

    def begun(self) -> frozenset[tuple[Mark, int]]:
        """Pods and the starts of their leases."""
        return frozenset((lease.mark, lease.interval[0]) for lease in self.leases.values())


def read_past(tree: Tree | None) -> Past:
    """Reads the manifests of the earlier tree."""
    manifests: dict[Key, Manifest] = {}
    leases: dict[Key, Lease] = {}
    promises: dict[Key, Promise] = {}
    unread: list[str] = []
    for manifest in tree.manifests if tree else ():
        document = Field(manifest.value, manifest.name)
        try:
            if manifest.kind == "Lease":
                manifests[manifest.namespace, manifest.name] = manifest
                leases[manifest.namespace, manifest.name] = read_lease(document)
            else:
                run = document["spec"]["runRef"]
                promises[run["namespace"].text(), run["name"].text()] = _promise(manifest, document["spec"])
        except FormatError as error:
            if manifest.kind == "Reservation":
                unread.append(f"the earlier promise {manifest.name} cannot be read: {error}")
    return Past(known=tree is not None, manifests=manifests, leases=leases, promises=promises, unread=tuple(unread))


def _promise(manifest: Manifest, spec: Field) -> Promise:
    lottery = spec["forecast"]["lottery"]
    return Promise(
        name=f"{manifest.namespace}/{manifest.name}",
        start=spec["earliestStart"].instant(),
        commitment=read_commitment(lottery) if lottery else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Pods of this plan: ``new`` ones it placed, ``swapped`` ones took over a spare, ``renewed`` ones have a new payer.

    ``settled`` runs are older.
    """

    new: frozenset[Mark]
    swapped: frozenset[Mark]
    renewed: frozenset[Mark]
    settled: frozenset[Key]


def arrivals(entries: dict[Key, Entry], past: Past, as_of: int) -> Arrivals:
    """Tells new pods from those of earlier plans. Without the earlier tree, leases that start now are new."""
    begun = past.begun()
    new: set[Mark] = set()
    swapped: set[Mark] = set()
    renewed: set[Mark] = set()
    settled: set[Key] = set()
    for entry in entries.values():
        fresh = {
            entry.mark(group, pod): pod.reason
            for group, pod in entry.pods
            if entry.decision not in (START, RUNNING) or (entry.mark(group, pod), pod.start) not in begun
            if entry.decision != RUNNING or (pod.start == as_of and pod.reason in (GROW, SWAP, RENEW))
        }
        if entry.decision in (RUNNING, FINISHED) or (entry.decision == START and entry.pods and not fresh):
            settled.add(entry.run)
        new.update(mark for mark, reason in fresh.items() if reason not in (SWAP, RENEW))
        swapped.update(mark for mark, reason in fresh.items() if reason == SWAP)
        renewed.update(mark for mark, reason in fresh.items() if reason == RENEW)
    return Arrivals(
        new=frozenset(new), swapped=frozenset(swapped), renewed=frozenset(renewed), settled=frozenset(settled)
    )
