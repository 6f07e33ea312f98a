"""What an earlier plan decided and no edit can have touched: it stands as it is (semantics.md 7).

Runs that share no node, no account and no dependency, directly or through others, are planned apart. So where the same
compile is made again with other documents, a part whose own documents are the same would be decided on the same facts.
Here a part holds everybody, begun or not, so that it is made of documents and of what holds leases, and not of plans.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.cover.offer import Coverage
from jobtree.ledger.account import AccountLabel
from jobtree.ledger.charging import accounts_of
from jobtree.model.catalog import Catalog
from jobtree.model.certificate import Certificate
from jobtree.model.lease import Lease
from jobtree.model.plan import Plan, Refuse, Reserve
from jobtree.plan.component import labels_of
from jobtree.plan.nodeclass import NodeClass, node_classes
from jobtree.plan.standing import Kept
from jobtree.plan.unit import join
from jobtree.plan.usable import Sharing, usable_classes

Place = int | str
"""The number of a class of nodes, or the name of a node that is in none: it is not usable, but held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Runs that share something, the nodes and accounts that they may use, and a digest of all that is said of them."""

    runs: tuple[Key, ...]
    nodes: frozenset[str]
    accounts: frozenset[AccountLabel]
    digest: str


def parts(
    catalog: Catalog, coverages: Mapping[Key, Coverage], leases: Sequence[Lease], *, as_of: Instant
) -> tuple[Part, ...]:
    """The parts of a fleet with these open leases. O(runs x classes of nodes + leases)."""
    selectors = [run.selector for run in catalog.runs]
    selectors += [offer.selector for coverage in coverages.values() for offer in coverage.offers]
    classes = node_classes(catalog.nodes, selectors)
    places: dict[Key, tuple[Place, ...]] = dict(usable_classes(catalog.runs, coverages, classes))
    class_of: dict[str, Place] = {node.name: number for number, kind in enumerate(classes) for node in kind.nodes}
    for lease in leases:
        place = class_of.get(lease.node, lease.node)
        if lease.run in places and place not in places[lease.run]:
            places[lease.run] = (*places[lease.run], place)
    labels = {run.key: set(labels_of(run, coverages[run.key])) for run in catalog.runs}
    digester = _Digester(catalog, coverages, as_of)
    found = []
    for runs in join(catalog.run_of, _ties(catalog, places, labels)):
        own_places = {place for key in runs for place in places[key]}
        own_nodes = frozenset(name for place in own_places for name in _names(place, classes))
        own_labels = frozenset(label for key in runs for label in labels[key])
        digest = digester.digest(runs, own_nodes, own_labels)
        found.append(Part(runs=runs, nodes=own_nodes, accounts=own_labels, digest=digest))
    return tuple(found)


def kept(plan: Plan, before: frozenset[str], now: Iterable[Part]) -> Kept:
    """What the plan decided of the parts that are as they were. It must be of the same instant, on the same facts."""
    same = [part for part in now if part.digest in before]
    runs = frozenset(key for part in same for key in part.runs)
    waiting = tuple(one for one in plan.runs if one.run in runs and isinstance(one.decision, Reserve | Refuse))
    return Kept(
        runs=runs,
        plans=waiting,
        shares=tuple(share for share in plan.proof.shares if runs.issuperset(share.runs)),
        certificate=_narrowed(plan.proof.certificate, same, frozenset(one.run for one in waiting)),
    )


def _names(place: Place, classes: Sequence[NodeClass]) -> Iterable[str]:
    return (place,) if isinstance(place, str) else (node.name for node in classes[place].nodes)


def _ties(
    catalog: Catalog, places: Mapping[Key, tuple[Place, ...]], labels: Mapping[Key, set[AccountLabel]]
) -> Iterator[tuple[Key, Key]]:
    sharing = Sharing()
    for run in catalog.runs:
        yield from sharing.ties(run.key, places[run.key], labels[run.key])
        for other in (*run.after, *run.together):
            yield other, run.key


class _Digester:
    """Digests of parts, over the text of every value that a decision on them depends on."""

    def __init__(self, catalog: Catalog, coverages: Mapping[Key, Coverage], as_of: Instant) -> None:
        self._common = repr((as_of, catalog.fleet.planning, catalog.fleet.solver))
        self._runs = {run.key: repr((run, coverages[run.key])) for run in catalog.runs}
        self._nodes = {node.name: repr(node) for node in catalog.nodes}
        self._accounts = {label: repr(account) for label, account in accounts_of(catalog).items()}

    def digest(self, runs: Iterable[Key], nodes: Iterable[str], accounts: Iterable[AccountLabel]) -> str:
        """SHA-256 of a part."""
        told = sha256(self._common.encode())
        said = (
            *(self._runs[key] for key in sorted(runs)),
            *(self._nodes.get(name, name) for name in sorted(nodes)),
            *sorted(self._accounts[label] for label in accounts),
        )
        for text in said:
            told.update(b"\0" + text.encode())
        return told.hexdigest()


def _narrowed(certificate: Certificate, same: Sequence[Part], waiting: frozenset[Key]) -> Certificate:
    """What the certificate says of some parts: a row of nodes or of an account is of one part alone."""
    nodes = {name for part in same for name in part.nodes}
    accounts = {str(label) for part in same for label in part.accounts}
    searched = ((one, tuple(key for key in one.runs if key in waiting)) for one in certificate.searched)
    return Certificate(
        nodes=tuple(row for row in certificate.nodes if nodes.issuperset(row.nodes)),
        accounts=tuple(row for row in certificate.accounts if row.account in accounts),
        searched=tuple(replace(one, runs=left) for one, left in searched if left),
        given=tuple(key for key in certificate.given if key in waiting),
    )
