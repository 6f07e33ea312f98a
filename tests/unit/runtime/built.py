"""Small worlds for tests of the runtime: nodes of 4 GPUs, pods of 2, names for everything."""

from collections.abc import Iterable, Mapping, Sequence

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Interval
from jobtree.model.lease import ClosureReason, FundingClass, Lease, LeaseReason, Payer, Role
from jobtree.model.run import Elastic, Run
from jobtree.runtime.sweep import sweep
from jobtree.runtime.world import World, apply_all, lease_order
from jobtree.runtime.writes import Close, Cordon, Open, Requeue, Write

START, NOW, END = Instant(0), Instant(100), Instant(1000)
POD = 2


def run(name: str, gpus: int = 4, **more) -> Run:
    defaults = {"owner": Owner("org:a"), "flavor": "H100", "gpus_per_pod": POD, "duration": END}
    return Run(key=Key("t", name), total_gpus=gpus, **{**defaults, **more})


def elastic(name: str, gpus: int, minimum: int, step: int = 4, **more) -> Run:
    return run(name, gpus, elastic=Elastic(minimum=minimum, maximum=64, step=step, desired=gpus), **more)


def payer(name: str) -> Payer:
    return Payer(envelope=EnvelopeKey("t", "b", name), owner=Owner("org:a"))


def lease(of: Run, place: str, group: int = 0, rank: int = 0, **more) -> Lease:
    """``place`` is ``node#first``: the pod's slots follow on from there."""
    node, _, first = place.partition("#")
    defaults = {"role": Role.ACTIVE, "payer": payer("active"), "reason": LeaseReason.START}
    return Lease(
        run=of.key, owner=of.owner, group=group, rank=rank, node=node,
        slots=tuple(range(int(first), int(first) + of.gpus_per_pod)),
        interval=more.pop("interval", Interval(START, END)), **{**defaults, **more},
    )  # fmt: skip


def spare(of: Run, place: str, group: int = 0, rank: int = 0, **more) -> Lease:
    return lease(of, place, group, rank, **{"role": Role.SPARE, "payer": payer(f"spare-{rank}"), **more})


def tenant(of: Run, place: str, group: int = 0, rank: int = 0) -> Lease:
    return lease(of, place, group, rank, role=Role.OPPORTUNISTIC, payer=None)


def world(runs: Iterable[Run], leases: Iterable[Lease], **more) -> World:
    ordered = tuple(sorted(leases, key=lease_order))
    return World(leases=ordered, runs=tuple(sorted(runs, key=lambda run: run.key)), **more)


def classes_of(leases: Sequence[Lease], unfunded: Sequence[Key] = ()) -> Mapping[Lease, FundingClass]:
    """Everything is Owned but what has no payer and the runs that are named."""
    return {
        one: FundingClass.UNFUNDED if one.payer is None or one.run in unfunded else FundingClass.OWNED for one in leases
    }


def swept(before: World, now: Instant = NOW, unfunded: Sequence[Key] = ()) -> tuple[Write, ...]:
    return sweep(before, now, classes_of(before.leases, unfunded))


def settled(before: World, now: Instant = NOW, unfunded: Sequence[Key] = ()) -> World:
    return apply_all(before, swept(before, now, unfunded))


def told(writes: Iterable[Write]) -> list[str]:
    """Writes in short: ``cordon n1``, ``open a/0/1 n2#0``, ``close a/0/s0 Swap``, ``requeue a``."""
    return [_told(write) for write in writes]


def _told(write: Write) -> str:
    match write:
        case Cordon():
            return f"cordon {write.node}"
        case Open():
            return f"open {pod_name(write.lease)} {write.lease.node}#{write.lease.slots[0]}"
        case Close():
            return f"close {pod_name(write.lease)} {write.closure}"
        case Requeue():
            return f"requeue {write.run.name}"
    return f"fail {write.run.name} for {write.upstream.name}"


def pod_name(one: Lease) -> str:
    return f"{one.run.name}/{one.group}/{'s' if one.role is Role.SPARE else ''}{one.rank}"


def closures(of: World) -> list[tuple[str, ClosureReason]]:
    return sorted((pod_name(one.lease), one.closure.reason) for one in of.closed)
