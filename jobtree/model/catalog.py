"""The catalog: everything that was read, decoded, linked and found sound."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobtree.base.identity import EnvelopeKey, Key
from jobtree.model.budget import Budget, Envelope
from jobtree.model.fleet import Fleet
from jobtree.model.policy import Policy
from jobtree.model.run import Run
from jobtree.model.topology import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Sorted tuples: nodes by (domain, name), budgets and runs by key. Links are resolved and known to be sound.

    ``policies`` are those of the bundles that the fleet names, then its own by name.
    """

    fleet: Fleet
    nodes: tuple[Node, ...]
    budgets: tuple[Budget, ...]
    runs: tuple[Run, ...]
    policies: tuple[Policy, ...] = ()
    envelopes: Mapping[EnvelopeKey, Envelope] = field(init=False)
    run_of: Mapping[Key, Run] = field(init=False)

    def __post_init__(self) -> None:
        envelopes = {envelope.key: envelope for budget in self.budgets for envelope in budget.envelopes}
        object.__setattr__(self, "envelopes", envelopes)
        object.__setattr__(self, "run_of", {run.key: run for run in self.runs})
