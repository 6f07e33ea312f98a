"""Gangs: whole, on the grid of their widths, groups in one domain, spares apart (semantics.md 3, 6 and 11)."""

from collections.abc import Iterator, Sequence

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.lease import Lease, Role
from jobtree.model.run import Run
from jobtree.simulate.moment import Moment

Fault = tuple[str, str]


def gang_faults(moment: Moment, key: Key, own: Sequence[Lease]) -> Iterator[Fault]:
    """What is wrong with a run's leases after they changed. O(its leases)."""
    run = moment.catalog.run_of.get(key)
    held = [lease for lease in own if lease.interval.holds(moment.at)]
    if run is None or not own:
        return
    if not held:
        yield "gang-whole", f"{key} holds leases ahead, and none now"
        return
    working = [lease for lease in held if lease.role is not Role.SPARE]
    yield from _pods(run, held)
    yield from _width(run, sum(len(lease.slots) for lease in working))
    yield from _groups(moment, run, held)
    yield from _ends(run, own, moment.at)


def _pods(run: Run, held: Sequence[Lease]) -> Iterator[Fault]:
    """One pod for each rank, each of the size that the run asks for."""
    ranks = [(lease.group, lease.role is Role.SPARE, lease.rank) for lease in held]
    if len(set(ranks)) != len(ranks):
        yield "gang-whole", f"{run.key} has two pods of one rank"
    if any(len(lease.slots) != run.gpus_per_pod for lease in held):
        yield "gang-whole", f"a pod of {run.key} has not {run.gpus_per_pod} GPUs"


def _width(run: Run, width: int) -> Iterator[Fault]:
    if run.elastic is None:
        if width != run.total_gpus:
            yield "gang-whole", f"{run.key} runs on {width} GPUs of {run.total_gpus}"
        return
    least, most, step = run.elastic.minimum, run.elastic.maximum, run.elastic.step
    if not least <= width <= most or (width - least) % step:
        yield "width-grid", f"{run.key} runs on {width} GPUs, and may on {least} to {most} in steps of {step}"


def _groups(moment: Moment, run: Run, held: Sequence[Lease]) -> Iterator[Fault]:
    domains = {node.name: node.domain for node in moment.catalog.nodes}
    groups: dict[int, list[Lease]] = {}
    for lease in held:
        groups.setdefault(lease.group, []).append(lease)
    for index, pods in groups.items():
        active = [lease for lease in pods if lease.role is not Role.SPARE]
        spares = [lease for lease in pods if lease.role is Role.SPARE]
        if not active:
            yield "group-whole", f"group {index} of {run.key} has spares alone"
        if len({domains[lease.node] for lease in pods}) > 1:
            yield "one-domain", f"group {index} of {run.key} is in several domains"
        if run.group_size is not None and sum(len(lease.slots) for lease in active) > run.group_size:
            yield "group-whole", f"group {index} of {run.key} has more than {run.group_size} GPUs"
        if len(spares) > run.spares:
            yield "spare-apart", f"group {index} of {run.key} has {len(spares)} spares"
        if {lease.node for lease in spares} & {lease.node for lease in active if not _swapped(lease)}:
            yield "spare-apart", f"a spare of group {index} of {run.key} sits on a node of its pods"
    places = {domains[lease.node] for lease in held}
    if not run.spread and len(places) > 1:
        yield "one-domain", f"{run.key} must stay in one domain"
    if len({(place.region, place.cluster) for place in places}) > 1:
        yield "one-cluster", f"{run.key} is in several clusters"


def _swapped(lease: Lease) -> bool:
    """A spare that was promoted may share its node with another spare."""
    return lease.reason in ("Swap", "Renew")


def _ends(run: Run, own: Sequence[Lease], at: Instant) -> Iterator[Fault]:
    """Nothing that is over stays open."""
    if any(lease.interval.end <= at for lease in own):
        yield "interval", f"a lease of {run.key} is over, and open"
