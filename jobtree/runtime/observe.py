"""Observations, and what they teach about the world (semantics.md 10).

Every fact is joined with what is known of the same thing: duplicates and arrivals out of order change nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import assert_never

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.runtime.world import Ended, Ending, NodeFacts, World, learn_ending, learn_node


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeGone:
    """The Node object does not exist: the node has failed."""

    node: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOutOfService:
    """The node carries the ``node.kubernetes.io/out-of-service`` taint: it has failed."""

    node: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeBack:
    """A node of this name exists, without the taint. It stays cordoned if it was."""

    node: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCordoned:
    """The node takes no new pods. It keeps the leases that it has."""

    node: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUncordoned:
    """Somebody uncordoned the node; a node that came back as a new object was not uncordoned by that."""

    node: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeNotReady:
    """The node does not answer. It is not dead: nothing follows."""

    node: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadCompleted:
    """The workload of a run ended well."""

    run: Key
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadFailed:
    """The workload of a run failed for good."""

    run: Key
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDeleted:
    """The Run was deleted."""

    run: Key
    at: Instant


Observation = (
    NodeGone
    | NodeOutOfService
    | NodeBack
    | NodeCordoned
    | NodeUncordoned
    | NodeNotReady
    | WorkloadCompleted
    | WorkloadFailed
    | RunDeleted
)


def observe(world: World, observations: Iterable[Observation]) -> World:
    """The world with all that was observed: idempotent, and the same for every order. No lease changes."""
    return reduce(_learn, observations, world)


def _learn(world: World, seen: Observation) -> World:
    match seen:
        case NodeGone() | NodeOutOfService():
            return learn_node(world, NodeFacts(node=seen.node, lost=True, lost_at=seen.at))
        case NodeBack():
            return learn_node(world, NodeFacts(node=seen.node, lost=False, lost_at=seen.at))
        case NodeCordoned():
            return learn_node(world, NodeFacts(node=seen.node, cordoned=True, cordoned_at=seen.at))
        case NodeUncordoned():
            return learn_node(world, NodeFacts(node=seen.node, cordoned=False, cordoned_at=seen.at))
        case NodeNotReady():
            return world
        case WorkloadCompleted():
            return learn_ending(world, Ended(run=seen.run, ending=Ending.COMPLETED, at=seen.at))
        case WorkloadFailed():
            return learn_ending(world, Ended(run=seen.run, ending=Ending.FAILED, at=seen.at))
        case RunDeleted():
            return learn_ending(world, Ended(run=seen.run, ending=Ending.DELETED, at=seen.at))
    assert_never(seen)
