"""A fleet to which everything happens that can, in any order, and whose sweeps are broken off anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from jobtree.base.instant import Instant
from jobtree.model.lease import Closure, ClosureReason, FundingClass, Lease, LeaseReason, Role
from jobtree.model.run import Run
from jobtree.runtime.observe import (
    NodeBack,
    NodeCordoned,
    NodeGone,
    NodeNotReady,
    NodeOutOfService,
    NodeUncordoned,
    Observation,
    RunDeleted,
    WorkloadCompleted,
    WorkloadFailed,
    observe,
)
from jobtree.runtime.shrink import voluntary_shrink
from jobtree.runtime.status import status_of
from jobtree.runtime.sweep import sweep
from jobtree.runtime.world import World, apply_all
from jobtree.runtime.writes import Close, Open, Write
from tests.unit.runtime.audit import always, faults
from tests.unit.runtime.built import classes_of
from tests.unit.runtime.fleet import GUESTS, NODES, SHAPES, leases, shaped

TURNS = st.integers(0, 19)
KINDS = st.sampled_from([NodeGone, NodeOutOfService])
ENDINGS = st.sampled_from([WorkloadCompleted, WorkloadFailed, RunDeleted])
HARMLESS = st.sampled_from([NodeCordoned, NodeNotReady, NodeUncordoned])
HOSTS = st.tuples(st.sampled_from(sorted(set(SHAPES) - set(GUESTS))), TURNS, st.just(True))
LODGERS = st.tuples(st.sampled_from(GUESTS), TURNS, st.integers(0, 3).map(lambda dice: dice == 0))
SOME_NODES = st.lists(st.sampled_from(NODES), min_size=1, max_size=3, unique=True)


class RuntimeMachine(RuleBasedStateMachine):
    """``clean``: the world was swept to the end since anything happened."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.now = Instant(0)
        self.seen: list[Observation] = []
        self.unfunded = set()
        self.clean = True

    def tick(self) -> None:
        """Time goes on; terms that are over close, and renewals take over."""
        self.now = Instant(self.now + 3)
        over = [one for one in self.world.leases if one.interval.end <= self.now]
        self.world = apply_all(
            self.world,
            [Close(lease=one, closure=Closure(time=one.interval.end, reason=ClosureReason.RENEW)) for one in over],
        )

    def see(self, *observations: Observation) -> None:
        self.seen += observations
        self.world, self.clean = observe(self.world, observations), False

    def sweep(self) -> tuple[Write, ...]:
        return sweep(self.world, self.now, self.classes())

    def classes(self):
        return classes_of([*self.world.leases, *(one.lease for one in self.world.closed)], sorted(self.unfunded))

    def add(self, run: Run, groups: list[tuple[int, int]], turn: int, reason: LeaseReason) -> None:
        found = leases(self.world, run, groups, self.now, turn, reason=reason)
        self.world = apply_all(self.world, [Open(lease=one) for one in found])

    def state(self, run: Run):
        own = [one for one in self.world.leases if one.run == run.key]
        return status_of(own, [one for one in self.world.closed if one.lease.run == run.key])

    @initialize(hosts=st.lists(HOSTS, min_size=2, max_size=4), guests=st.lists(LODGERS, min_size=1, max_size=4))
    def populate(self, hosts: list, guests: list) -> None:
        """Runs with spares, and then tenants that prefer the slots of these."""
        for shape, turn, funded in (*hosts, *guests):
            self.submit(shape, turn, funded)

    @rule(shape=st.sampled_from(sorted(SHAPES)), turn=TURNS, funded=st.booleans())
    @precondition(lambda self: len(self.world.runs) < 12)
    def submit(self, shape: str, turn: int, funded: bool) -> None:
        self.tick()
        run = shaped(shape, len(self.world.runs))
        self.world = replace(self.world, runs=tuple(sorted((*self.world.runs, run), key=lambda one: one.key)))
        if not funded:
            self.unfunded.add(run.key)
        self.start(run, turn)

    @rule(turn=TURNS)
    def restart(self, turn: int) -> None:
        self.tick()
        ended = {one.run for one in self.world.ended}
        waiting = [run for run in self.world.runs if run.key in self.world.pending and run.key not in ended]
        if waiting:
            self.start(waiting[turn % len(waiting)], turn)

    def start(self, run: Run, turn: int) -> None:
        sizes = run.groups(run.total_gpus) if run.group_size else (run.total_gpus,)
        self.add(run, list(enumerate(sizes)), turn, LeaseReason.START)

    @rule(turn=TURNS)
    @precondition(lambda self: self.clean)
    def grow(self, turn: int) -> None:
        """One step; its groups take the indices after the highest that was ever used."""
        self.tick()
        open_runs = {one.run for one in self.world.leases}
        able = [run for run in self.world.runs if run.elastic and run.key in open_runs]
        if able:
            run = able[turn % len(able)]
            first = self.state(run).highest_group + 1
            count = run.elastic.step // run.group_size
            self.add(run, [(first + more, run.group_size) for more in range(count)], turn, LeaseReason.GROW)

    @rule(turn=TURNS)
    @precondition(lambda self: self.clean)
    def shrink(self, turn: int) -> None:
        self.tick()
        able = [run for run in self.world.runs if run.elastic]
        if able:
            run = able[turn % len(able)]
            wants = replace(run, elastic=replace(run.elastic, desired=run.elastic.minimum))
            own = [one for one in self.world.leases if one.run == run.key]
            self.world = apply_all(self.world, voluntary_shrink(wants, own, self.classes(), self.now))
            assert not (found := faults(self.world)), found

    @rule(kind=KINDS, picks=st.lists(st.integers(0, 39), min_size=1, max_size=4))
    def lose_nodes(self, kind: type, picks: list[int]) -> None:
        """Nodes that are in use, as far as any are."""
        self.tick()
        used = sorted({one.node for one in self.world.leases}) or list(NODES)
        nodes = sorted({used[pick % len(used)] for pick in picks})
        self.see(*(kind(node=node, at=self.now) for node in nodes))

    @rule(nodes=SOME_NODES)
    def return_nodes(self, nodes: list[str]) -> None:
        self.tick()
        self.see(*(NodeBack(node=node, at=self.now) for node in nodes))

    @rule(nodes=SOME_NODES)
    def repair_nodes(self, nodes: list[str]) -> None:
        self.tick()
        self.see(*(NodeBack(node=node, at=self.now) for node in nodes))
        self.see(*(NodeUncordoned(node=node, at=self.now) for node in nodes))

    @rule(kind=HARMLESS, nodes=SOME_NODES)
    def change_nothing(self, kind: type, nodes: list[str]) -> None:
        """Cordons and NotReady end nobody."""
        writes = self.sweep()
        lost = self.world.lost
        self.seen += (seen := [kind(node=node, at=self.now) for node in nodes if node not in lost])
        self.world = observe(self.world, seen)
        assert self.sweep() == writes, "not-dead"

    @rule(kind=ENDINGS, turn=TURNS)
    @precondition(lambda self: len(self.world.ended) < 2)
    def end_run(self, kind: type, turn: int) -> None:
        self.tick()
        if self.world.runs:
            self.see(kind(run=self.world.runs[turn % len(self.world.runs)].key, at=self.now))

    @rule(turn=TURNS)
    def fund_or_not(self, turn: int) -> None:
        if self.world.runs:
            self.unfunded ^= {self.world.runs[turn % len(self.world.runs)].key}

    @rule(seed=TURNS)
    def replay(self, seed: int) -> None:
        """Old observations, again and in another order, change no fact but those that a cordon of ours added."""
        again = [*self.seen]
        Random(seed).shuffle(again)
        assert observe(self.world, again) == self.world, "replay"

    @rule()
    def sweep_to_the_end(self) -> None:
        whole_before = self.clean or not faults_but_losses(self.world)
        classes, writes = self.classes(), self.sweep()
        self.finish(writes)
        if whole_before:  # what was begun is finished, for its own reason and whoever pays by now
            assert robbed(writes, classes) == [], "robbed"
            assert vain(writes) == [], "vain"

    @rule()
    def sweep_and_break_off_everywhere(self) -> None:
        """Whatever part was written, the next sweep leads to the same end."""
        classes, writes = self.classes(), self.sweep()
        whole = apply_all(self.world, writes)
        for cut in range(len(writes)):
            part = apply_all(self.world, writes[:cut])
            assert not (found := list(always(part))), found
            again = apply_all(part, sweep(part, self.now, with_new(classes, part.leases)))
            assert end_of(again) == end_of(whole), "broken-off"
        self.finish(writes)

    @rule(part=st.integers(0, 100))
    def sweep_and_stop(self, part: int) -> None:
        """A part is written, and then other things happen."""
        writes = self.sweep()
        self.world = apply_all(self.world, writes[: len(writes) * part // 100])
        self.clean = False

    def finish(self, writes: tuple[Write, ...]) -> None:
        before, self.world, self.clean = self.world, apply_all(self.world, writes), True
        assert not (found := faults(self.world)), found
        assert self.world.closed[: len(before.closed)] == before.closed, "append-once"
        assert apply_all(self.world, writes) == self.world, "twice"
        assert self.sweep() == (), "twice"

    @invariant()
    def slots_are_exclusive(self) -> None:
        assert not (found := list(always(self.world))), found


def faults_but_losses(world: World) -> list[str]:
    return [fault for fault in faults(world) if not fault.startswith(("lost", "cordon", "ended"))]


def end_of(world: World) -> tuple:
    """What must not depend on where a sweep was broken off: everything but the order of closing."""
    closed = {(one.lease, one.closure) for one in world.closed}
    return (world.leases, closed, world.pending, world.ended, world.nodes)


def with_new(classes: Mapping[Lease, FundingClass], leases: Sequence[Lease]) -> Mapping[Lease, FundingClass]:
    """Classes of before, and those of leases that began since: they are paid for."""
    return {**dict.fromkeys(leases, FundingClass.OWNED), **classes}


def robbed(writes: Sequence[Write], classes: Mapping[Lease, FundingClass]) -> list[str]:
    """Tenants that were ended although somebody paid for them."""
    ended = [write.lease for write in writes if isinstance(write, Close) and is_reclaimed(write)]
    return [str(one.run) for one in ended if classes.get(one) is FundingClass.OWNED and one.role is Role.ACTIVE]


def is_reclaimed(write: Close) -> bool:
    return write.closure.reason is ClosureReason.RECLAIMED_BY_SPARE


def vain(writes: Sequence[Write]) -> list[str]:
    """Tenants that were ended, but for no pod that takes their slots."""
    opened = [write.lease for write in writes if isinstance(write, Open)]
    ended = {}
    for write in writes:
        if isinstance(write, Close) and is_reclaimed(write):
            ended.setdefault(write.lease.run, []).append(write.lease)
    return [str(run) for run, gone in ended.items() if not any(overlap(one, new) for one in gone for new in opened)]


def overlap(one, other) -> bool:
    return one.node == other.node and bool(set(one.slots) & set(other.slots)) and other.role is not Role.SPARE
