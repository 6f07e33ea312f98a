"""Kinds of node that no selector tells apart, which are few in a fleet of thousands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobtree.verify.budgets import Envelope, selects
from jobtree.verify.fleet import Domain
from jobtree.verify.inputs import Inputs
from jobtree.verify.runs import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Nodes of one flavor and size with the same values of all labels that some selector names."""

    flavor: str
    gpus: int
    usable: bool
    labels: Mapping[str, str]

    def takes(self, run: Run, per_pod: int) -> bool:
        """Whether a pod of the run could sit here, were it empty."""
        return self.usable and self.flavor == run.flavor and self.gpus >= per_pod and selects(run.selector, self.labels)


class Kinds:
    """All kinds of the inputs. ``of`` numbers them by node; ``count`` has their nodes by domain."""

    def __init__(self, inputs: Inputs) -> None:
        named = {name for envelope in inputs.envelopes.values() for name in envelope.selector}
        named.update(name for run in inputs.runs.values() for name in run.selector)
        known: dict[object, int] = {}
        self.all: list[Kind] = []
        self.of: dict[str, int] = {}
        self.count: dict[tuple[Domain, int], int] = {}
        for node in inputs.nodes.values():
            labels = {name: node.labels[name] for name in sorted(named) if name in node.labels}
            number = known.setdefault((node.flavor, node.gpus, node.usable, *labels.items()), len(self.all))
            if number == len(self.all):
                self.all.append(Kind(flavor=node.flavor, gpus=node.gpus, usable=node.usable, labels=labels))
            self.of[node.name] = number
            self.count[node.domain, number] = self.count.get((node.domain, number), 0) + 1
        self._taking: dict[object, tuple[int, ...]] = {}

    def taking(self, run: Run, per_pod: int) -> tuple[int, ...]:
        """Kinds that could take a pod of the run."""
        asked = (run.flavor, per_pod, *sorted(run.selector.items()))
        if asked not in self._taking:
            found = (number for number, kind in enumerate(self.all) if kind.takes(run, per_pod))
            self._taking[asked] = tuple(found)
        return self._taking[asked]

    def pods(self, run: Run, per_pod: int, payers: Sequence[Envelope] | None) -> dict[Domain, int]:
        """The most pods that the nodes of each domain hold, on nodes that a payer selects; None: nobody has to pay."""
        taking, found = self.taking(run, per_pod), dict[Domain, int]()
        for (domain, number), count in self.count.items():
            labels = self.all[number].labels
            if number in taking and (payers is None or any(envelope.selects(labels) for envelope in payers)):
                found[domain] = found.get(domain, 0) + count * (self.all[number].gpus // per_pod)
        return found
