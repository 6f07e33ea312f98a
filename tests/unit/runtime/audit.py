"""Laws of a settled world, written from semantics.md 3, 10 and 11 and not from the runtime's code."""

from collections import Counter
from collections.abc import Iterator

from jobtree.base.identity import Key
from jobtree.model.lease import ClosedLease, ClosureReason, Lease, LeaseReason, Role
from jobtree.model.run import Run
from jobtree.runtime.world import World

ENDS = (ClosureReason.COMPLETED, ClosureReason.WORKLOAD_FAILED, ClosureReason.RUN_DELETED)


def always(world: World) -> Iterator[str]:
    """What holds at every moment, a crash in the midst of a sweep included."""
    held: dict[tuple[str, int], list[Lease]] = {}
    for lease in world.leases:
        for slot in lease.slots:
            held.setdefault((lease.node, slot), []).append(lease)
    for slot, leases in held.items():
        for one, other in pairs(leases):
            if one.run == other.run or not one.interval.overlaps(other.interval):
                continue
            if {one.role, other.role} & {Role.SPARE} and one.role is not other.role:
                continue
            yield f"exclusive {slot} {one.run} {other.run}"
    if max(Counter(one.lease for one in world.closed).values(), default=0) > 1:
        yield "append-once a lease closed twice"
    if {one.lease for one in world.closed} & set(world.leases):
        yield "append-once a closed lease is open"


def faults(world: World) -> list[str]:
    """What is wrong with a world that was swept to the end."""
    found = list(always(world))
    runs = {run.key: run for run in world.runs}
    for key in sorted({lease.run for lease in world.leases}):
        found += _run_faults(world, runs[key], [lease for lease in world.leases if lease.run == key])
    lost = set(world.lost)
    found += [f"lost {lease.node} holds {lease.run}" for lease in world.leases if lease.node in lost]
    found += [f"cordon {node}" for node in lost - set(world.cordoned)]
    ended = {one.run for one in world.ended}
    found += [f"ended {lease.run}" for lease in world.leases if lease.run in ended]
    found += [f"swap {fault}" for fault in _swaps(world)]
    return found + list(_pending(world, ended))


def pairs(leases: list[Lease]) -> Iterator[tuple[Lease, Lease]]:
    return ((one, other) for index, one in enumerate(leases) for other in leases[index + 1 :])


def _run_faults(world: World, run: Run, leases: list[Lease]) -> Iterator[str]:
    """Whole gangs: every group has each rank once; the width is on the grid; slots are not shared within a run."""
    groups = {lease.group for lease in leases}
    width = 0
    for index in groups:
        working = {(one.rank, one.node, one.slots) for one in leases if one.group == index and one.role != Role.SPARE}
        ranks = sorted(rank for rank, _, _ in working)
        if ranks != list(range(_pods(run, world, index))):
            yield f"gang {run.key} group {index} has ranks {ranks}"
        width += sum(len(slots) for _, _, slots in working)
    for one, other in pairs(leases):
        same = one.node == other.node and set(one.slots) & set(other.slots)
        if same and one.interval.overlaps(other.interval):
            yield f"exclusive {run.key} holds {one.node} twice"
    if run.elastic is None and width != run.total_gpus:
        yield f"width {run.key} is {width}"
    if run.elastic is not None:
        above = width - run.elastic.minimum
        if above < 0 or above % run.elastic.step:
            yield f"width {run.key} is {width}"


def _pods(run: Run, world: World, index: int) -> int:
    if run.group_size is None:
        return run.total_gpus // run.gpus_per_pod
    base = run.groups(run.elastic.minimum if run.elastic else run.total_gpus)
    return (base[index] if index < len(base) else run.group_size) // run.gpus_per_pod


def _swaps(world: World) -> Iterator[str]:
    """A promoted spare keeps its slots and payer, and takes the rank of a pod that fell."""
    ended = {one.run for one in world.ended}  # a swap in the midst of which a run ends is not finished
    for lease in [*world.leases, *(one.lease for one in world.closed)]:
        if lease.reason is not LeaseReason.SWAP or lease.run in ended:
            continue
        before = [one for one in world.closed if (one.lease.run, one.lease.group) == (lease.run, lease.group)]
        if not any(_is_spare_of(one, lease) for one in before):
            yield f"{lease.run} group {lease.group} rank {lease.rank}: no such spare"
        fell = [one for one in before if one.lease.role is not Role.SPARE and one.lease.rank == lease.rank]
        if not any(one.closure.reason is ClosureReason.NODE_FAILURE for one in fell):
            yield f"{lease.run} group {lease.group} rank {lease.rank}: nobody fell"


def _is_spare_of(one: ClosedLease, lease: Lease) -> bool:
    """A term of the spare may run out before a swap that was broken off goes on."""
    spare = one.lease
    return (
        spare.role is Role.SPARE
        and one.closure.reason in (ClosureReason.SWAP, ClosureReason.RENEW)
        and (spare.node, spare.slots, spare.payer) == (lease.node, lease.slots, lease.payer)
    )


def _pending(world: World, ended: set[Key]) -> Iterator[str]:
    running = {lease.run for lease in world.leases}
    for run in world.runs:
        mine = [one for one in world.closed if one.lease.run == run.key]
        if run.key in running | ended or not mine or any(one.closure.reason in ENDS for one in mine):
            continue
        if run.key not in world.pending:
            yield f"requeue {run.key}"
