"""Kinds of node that no selector tells apart, which are few in a fleet of thousands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobtree.verify.budgets import Envelope, EnvelopeKey, selects
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
    """All kinds of the inputs. ``of`` numbers them by node; ``count`` has the nodes of each by domain."""

    def __init__(self, inputs: Inputs) -> None:
        named = {name for envelope in inputs.envelopes.values() for name in envelope.selector}
        named.update(name for run in inputs.runs.values() for name in run.selector)
        known: dict[object, int] = {}
        self.all: list[Kind] = []
        self.of: dict[str, int] = {}
        self.count: dict[int, dict[Domain, int]] = {}
        for node in inputs.nodes.values():
            labels = {name: node.labels[name] for name in sorted(named) if name in node.labels}
            number = known.setdefault((node.flavor, node.gpus, node.usable, *labels.items()), len(self.all))
            if number == len(self.all):
                self.all.append(Kind(flavor=node.flavor, gpus=node.gpus, usable=node.usable, labels=labels))
            self.of[node.name] = number
            count = self.count.setdefault(number, {})
            count[node.domain] = count.get(node.domain, 0) + 1
        self._taking: dict[object, tuple[int, ...]] = {}
        self._pods: dict[object, dict[Domain, int]] = {}

    def taking(self, run: Run, per_pod: int) -> tuple[int, ...]:
        """Kinds that could take a pod of the run."""
        asked = (run.flavor, per_pod, *sorted(run.selector.items()))
        if asked not in self._taking:
            found = (number for number, kind in enumerate(self.all) if kind.takes(run, per_pod))
            self._taking[asked] = tuple(found)
        return self._taking[asked]

    def pods(self, run: Run, per_pod: int, payers: Sequence[Envelope] | None) -> dict[Domain, int]:
        """The most pods that the nodes of each domain hold, on nodes that a payer selects; None: nobody has to pay."""
        asked = (run.flavor, per_pod, *sorted(run.selector.items()), _keys(payers))
        if asked not in self._pods:
            self._pods[asked] = self._counted(run, per_pod, payers)
        return self._pods[asked]

    def _counted(self, run: Run, per_pod: int, payers: Sequence[Envelope] | None) -> dict[Domain, int]:
        found: dict[Domain, int] = {}
        for number in self.taking(run, per_pod):
            kind = self.all[number]
            if payers is None or any(envelope.selects(kind.labels) for envelope in payers):
                for domain, count in self.count[number].items():
                    found[domain] = found.get(domain, 0) + count * (kind.gpus // per_pod)
        return found


def _keys(payers: Sequence[Envelope] | None) -> tuple[EnvelopeKey, ...] | None:
    return None if payers is None else tuple(payer.key for payer in payers)
