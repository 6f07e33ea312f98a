"""What the nodes offer, and who asks for what no node offers.

Codes: JT304 (names that differ only in case), JT321, JT322 (warnings: nodes may come later).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import gcd

from jobtree.base.diagnostic import Diagnostic, Location, error, warning
from jobtree.load.placed import Placed
from jobtree.load.shape import suggestion
from jobtree.model.budget import Budget
from jobtree.model.run import Run
from jobtree.model.selector import Selector
from jobtree.model.topology import Node

Cluster = tuple[str, str]
"""Region and cluster."""


@dataclass(slots=True)
class Places:
    """Nodes by what they look like: few classes, however many nodes."""

    node_gpus: dict[str, int] = field(default_factory=dict)
    _classes: dict[tuple[str, tuple[tuple[str, str], ...]], Cluster] = field(default_factory=dict)
    _answers: dict[tuple[str, Selector], tuple[Cluster, ...]] = field(default_factory=dict)

    def clusters(self, flavor: str, selector: Selector) -> tuple[Cluster, ...]:
        """Clusters with a node of the flavor that the selector matches, sorted."""
        asked = (flavor, selector)
        if asked not in self._answers:
            found = {
                cluster
                for (its_flavor, labels), cluster in self._classes.items()
                if its_flavor == flavor and selector.matches(dict(labels))
            }
            self._answers[asked] = tuple(sorted(found))
        return self._answers[asked]


def survey(nodes: Sequence[Node]) -> Places:
    """One pass over the nodes."""
    places = Places()
    for node in nodes:
        places.node_gpus[node.flavor] = gcd(places.node_gpus.get(node.flavor, 0), node.gpus)
        places._classes[(node.flavor, node.labels)] = (node.domain.region, node.domain.cluster)
    return places


def link_places(places: Places, runs: Sequence[Placed[Run]], budgets: Sequence[Placed[Budget]]) -> Iterator[Diagnostic]:
    """Warns of flavors that no node has, and of selectors that match no node of the flavor."""
    for run in runs:
        flavor_at, selector_at = run.at("resources", "gpuType"), run.at("locality", "selector")
        yield from _offered(places, (run.value.flavor, run.value.selector), (flavor_at, selector_at))
    for budget in budgets:
        for index, envelope in enumerate(budget.value.envelopes):
            path = ("envelopes", index)
            spots = (budget.at(*path, "flavor"), budget.at(*path, "selector"))
            yield from _offered(places, (envelope.flavor, envelope.selector), spots)


def _offered(places: Places, asked: tuple[str, Selector], spots: tuple[Location, Location]) -> Iterator[Diagnostic]:
    flavor, selector = asked
    if flavor not in places.node_gpus:
        hint = suggestion(flavor, tuple(places.node_gpus))
        yield warning("JT321", f"no node has flavor {flavor}", spots[0], help=hint)
    elif not places.clusters(flavor, selector):
        yield warning("JT322", f"no node of {flavor} matches {selector}", spots[1], help="compare it with the labels")


def link_case(
    nodes: Sequence[Node], runs: Sequence[Placed[Run]], budgets: Sequence[Placed[Budget]]
) -> list[Diagnostic]:
    """Flavors and clusters that differ only in case: one is a typing error, and folders may fall into one."""
    flavors: list[tuple[str, Location | None]] = [(node.flavor, None) for node in nodes]
    flavors += [
        (envelope.flavor, budget.at("envelopes", index, "flavor"))
        for budget in budgets
        for index, envelope in enumerate(budget.value.envelopes)
    ]
    flavors += [(run.value.flavor, run.at("resources", "gpuType")) for run in runs]
    clusters = [(node.domain.cluster, None) for node in nodes]
    return [*_twins("flavors", flavors), *_twins("clusters", clusters)]


def _twins(what: str, named: Sequence[tuple[str, Location | None]]) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    told: set[str] = set()
    for name, where in named:
        twin = first.setdefault(name.lower(), name)
        if twin != name and name not in told:
            told.add(name)
            yield error("JT304", f"{what} {twin} and {name} differ only in case", where, help="write them alike")
