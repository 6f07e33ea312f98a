"""The runtime under everything that can happen, in any order, and broken off anywhere (semantics.md 10 and 11).

Each guard is switched off in turn, to see the machine name the law that it kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from jobtree.model.lease import ClosureReason, Lease
from jobtree.model.run import Run
from jobtree.runtime import failures, groups, swap
from jobtree.runtime import observe as observing
from jobtree.runtime import sweep as sweeping
from jobtree.runtime import world as world_module
from jobtree.runtime.desk import Desk
from jobtree.runtime.groups import Group
from jobtree.runtime.observe import (
    NodeGone,
    NodeNotReady,
    Observation,
)
from jobtree.runtime.swap import Declined
from jobtree.runtime.width import kept_groups
from jobtree.runtime.world import NodeFacts, World, lease_order
from tests.unit.runtime.built import payer
from tests.unit.runtime.machine import RuntimeMachine


def test_the_runtime_keeps_its_laws() -> None:
    run_state_machine_as_test(RuntimeMachine, settings=settings(max_examples=150, stateful_step_count=40))


def lost_ranks_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    choose = failures.choose_swaps

    def forgetful(*args: Any) -> Any:
        found = choose(*args)
        return () if isinstance(found, Declined) else found

    patch.setattr(failures, "choose_swaps", forgetful)


def some_ranks_are_enough(patch: pytest.MonkeyPatch) -> None:
    choose = failures.choose_swaps

    def generous(desk: Desk, runs: Any, group: Group, leaving: Any) -> Any:
        found = choose(desk, runs, group, leaving)
        fewer = replace(group, missing=group.missing[:1])
        return choose(desk, runs, fewer, leaving) if isinstance(found, Declined) else found

    patch.setattr(failures, "choose_swaps", generous)


def no_grid(patch: pytest.MonkeyPatch) -> None:
    def kept(run: Run, widths: Mapping[int, int], expected: Sequence[int]) -> tuple[int, ...] | None:
        if run.elastic is None:
            return kept_groups(run, widths, expected)
        return tuple(sorted(widths)) if sum(widths.values()) >= run.elastic.minimum else None

    patch.setattr(failures, "kept_groups", kept)


def no_minimum(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(failures, "kept_groups", lambda _, widths, __: tuple(sorted(widths)))


def tenants_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(swap, "eviction", lambda *_: ())


def nobody_is_funded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Desk, "funded", lambda *_: False)


def half_a_tenant(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        swap, "eviction", lambda _, __, tenants: tuple((one, ClosureReason.RECLAIMED_BY_SPARE) for one in tenants)
    )


def swaps_before_the_verdict(patch: pytest.MonkeyPatch) -> None:
    lose = failures._lose_run

    def eager(desk: Desk, groups: Any, verdicts: Any) -> None:
        for group in groups:
            for one in verdicts[group.index] if isinstance(verdicts[group.index], tuple) else ():
                for lease, reason in swap.eviction(desk, {}, desk.tenants(one.spare.terms)) or ():
                    desk.close((lease,), reason)
        lose(desk, groups, verdicts)

    patch.setattr(failures, "_lose_run", eager)


def dead_spares_help(patch: pytest.MonkeyPatch) -> None:
    choose = failures.choose_swaps

    def hopeful(desk: Desk, runs: Any, group: Any, leaving: Any) -> Any:
        return choose(desk, runs, replace(group, spares=(*group.dead, *group.spares)), leaving)

    patch.setattr(failures, "choose_swaps", hopeful)


def the_payer_of_the_fallen_pays(patch: pytest.MonkeyPatch) -> None:
    successors = swap._successors
    patch.setattr(
        swap, "_successors", lambda *args: tuple(replace(one, payer=payer("other")) for one in successors(*args))
    )


def swaps_are_not_finished(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(failures, "_finish_what_began", lambda *_: None)


def renewals_stand_alone(patch: pytest.MonkeyPatch) -> None:
    for module in (groups, failures, swap):
        patch.setattr(module, "is_broken", lambda *_: False)


def nobody_is_requeued(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sweeping, "_requeue", lambda *_: None)


def nothing_is_cordoned(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sweeping, "_cordon_lost", lambda *_: None)


def ended_runs_keep_leases(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sweeping, "_close_ended", lambda *_: None)


def leases_open_twice(patch: pytest.MonkeyPatch) -> None:
    def again(world: World, lease: Lease) -> World:
        return replace(world, leases=tuple(sorted((*world.leases, lease), key=lease_order)))

    patch.setattr(world_module, "_opened", again)


def the_last_to_speak_is_right(patch: pytest.MonkeyPatch) -> None:
    def overwrite(world: World, facts: NodeFacts) -> World:
        known = {one.node: one for one in world.nodes} | {facts.node: facts}
        return replace(world, nodes=tuple(known[name] for name in sorted(known)))

    patch.setattr(observing, "learn_node", overwrite)


def not_ready_is_dead(patch: pytest.MonkeyPatch) -> None:
    learn = observing._learn

    def harsh(world: World, seen: Observation) -> World:
        return learn(world, NodeGone(node=seen.node, at=seen.at) if isinstance(seen, NodeNotReady) else seen)

    patch.setattr(observing, "_learn", harsh)


CONTROLS: tuple[tuple[Callable[[pytest.MonkeyPatch], None], tuple[str, ...]], ...] = (
    (lost_ranks_are_forgotten, ("gang", "lost")),
    (some_ranks_are_enough, ("gang", "lost", "broken-off")),
    (no_grid, ("width",)),
    (no_minimum, ("width", "gang")),
    (tenants_stay, ("exclusive",)),
    (nobody_is_funded, ("robbed",)),
    (half_a_tenant, ("gang", "twice", "broken-off")),
    (swaps_before_the_verdict, ("vain", "broken-off")),
    (dead_spares_help, ("lost", "broken-off")),
    (the_payer_of_the_fallen_pays, ("swap",)),
    (swaps_are_not_finished, ("broken-off", "exclusive", "gang")),
    (renewals_stand_alone, ("broken-off",)),
    (nobody_is_requeued, ("requeue",)),
    (nothing_is_cordoned, ("cordon",)),
    (ended_runs_keep_leases, ("ended",)),
    (leases_open_twice, ("twice", "append-once")),
    (the_last_to_speak_is_right, ("replay",)),
    (not_ready_is_dead, ("not-dead",)),
)
"""The guard that is switched off, and the laws of which one must be seen to fail."""


@pytest.mark.parametrize(("switch", "laws"), CONTROLS, ids=[switch.__name__ for switch, _ in CONTROLS])
def test_a_guard_that_is_off_is_missed(
    switch: Callable[[pytest.MonkeyPatch], None], laws: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    switch(monkeypatch)
    search = settings(max_examples=400, stateful_step_count=40, phases=[Phase.generate], report_multiple_bugs=False)
    with pytest.raises(AssertionError) as failure:
        run_state_machine_as_test(RuntimeMachine, settings=search)
    assert any(law in str(failure.value) for law in laws), str(failure.value)
