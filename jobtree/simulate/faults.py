"""What goes wrong, and how long things really take: the facts that a planner does not know ahead (ADR 32)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.run import Run
from jobtree.model.topology import Node
from jobtree.simulate.dice import between, exponential

PERMILLE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEvent:
    """A node is lost at an instant, or returns."""

    at: Instant
    node: str
    lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDeletion:
    """The document of a run is deleted at an instant."""

    at: Instant
    run: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What is drawn, and what is listed.

    A node is lost every ``mtbf`` seconds on average and returns after ``mttr`` on average; None: no node is. A run
    really takes a share of its declared duration from ``shortest`` to ``longest`` permille, each as likely; ``failing``
    permille of the runs fail for good on the way.
    """

    mtbf: int | None = None
    mttr: int = 4 * 3_600
    shortest: int = PERMILLE
    longest: int = PERMILLE
    failing: int = 0
    nodes: tuple[NodeEvent, ...] = ()
    deletions: tuple[RunDeletion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How long a run really works, in seconds of running; ``fails``: its workload fails then, else it completes."""

    seconds: int
    fails: bool = False


def work_of(run: Run, faults: Faults, seed: int) -> Work:
    """The real work of a run that declares its duration."""
    return real_work(run.key, run.duration, faults, seed)


def real_work(key: Key, declared: int, faults: Faults, seed: int) -> Work:
    """A share of what was declared; a workload that fails does so anywhere before that."""
    seconds = max(1, declared * share_of(key, faults, seed) // PERMILLE)
    fails = between(1, PERMILLE, seed, key, "fails") <= faults.failing
    return Work(seconds=between(1, seconds, seed, key, "failing") if fails else seconds, fails=fails)


def share_of(key: Key, faults: Faults, seed: int) -> int:
    """Permille of its declared duration that a run really takes."""
    return between(faults.shortest, faults.longest, seed, key, "share")


def node_events(
    nodes: Sequence[Node], faults: Faults, seed: int, *, since: Instant, until: Instant
) -> tuple[NodeEvent, ...]:
    """All losses and returns, those that are listed among them, in the order of their instants."""
    drawn = [event for node in nodes for event in _drawn(node, faults, seed, since, until)]
    listed = [event for event in faults.nodes if since <= event.at < until]
    return tuple(sorted((*drawn, *listed), key=lambda event: (event.at, event.node, event.lost)))


def _drawn(node: Node, faults: Faults, seed: int, since: Instant, until: Instant) -> Iterator[NodeEvent]:
    at, number = since, 0
    while faults.mtbf is not None:
        at = Instant(at + exponential(faults.mtbf, seed, node.name, number, "lost"))
        if at >= until:
            return
        yield NodeEvent(at=at, node=node.name, lost=True)
        at = Instant(at + exponential(faults.mttr, seed, node.name, number, "returns"))
        if at < until:
            yield NodeEvent(at=at, node=node.name, lost=False)
        number += 1
