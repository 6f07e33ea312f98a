"""What a cluster shows between two compiles: what ended, and nodes that came and went (semantics.md 10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.load.overlay import since
from jobtree.load.state import StateRead
from jobtree.model.history import NodeStatus, Observed, Phase, RunStatus


@dataclass(slots=True)
class Sightings:
    """Collects what was seen since the last compile."""

    runs: dict[Key, RunStatus] = field(default_factory=dict)
    nodes: dict[str, NodeStatus] = field(default_factory=dict)

    def ended(self, run: Key, phase: Phase, at: Instant) -> None:
        """A workload is over."""
        self.runs[run] = RunStatus(run=run, phase=phase, at=at)

    def node(self, name: str, *, lost: bool) -> None:
        """A node is gone, or there again. The last word counts."""
        self.nodes[name] = NodeStatus(node=name, usable=not lost, lost=lost)

    def taken(self) -> Observed:
        """Everything that was seen; what comes after it is a new state file. ``digest`` says that there is one."""
        seen = _observed(self.runs, self.nodes)
        self.runs, self.nodes = {}, {}
        return seen


def state_of(seen: Observed, unusable: tuple[NodeStatus, ...]) -> StateRead:
    """The state file of a compile; ``unusable`` are nodes that the last compile knew not to be usable."""
    return StateRead(observed=since(unusable, seen))


def _observed(runs: Mapping[Key, RunStatus], nodes: Mapping[str, NodeStatus]) -> Observed:
    return Observed(
        digest="simulated",
        runs=tuple(runs[key] for key in sorted(runs)),
        nodes=tuple(nodes[name] for name in sorted(nodes)),
    )
