"""Negative controls: with one guard of ``jobtree.resolve`` switched off, the story that tells its law fails."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from jobtree.ledger import settle
from jobtree.model.plan import Running
from jobtree.resolve import activate, attempt, candidates, choice, claims, growth, newcomers, room
from jobtree.resolve.cuts import CutOutcome, Kept
from tests.unit.resolve import test_claims as who
from tests.unit.resolve import test_contention as stories

Switch = Callable[[pytest.MonkeyPatch], None]


def no_protection(patch: pytest.MonkeyPatch) -> None:
    for module in (candidates, newcomers):
        patch.setattr(module, "protected_until", lambda _run, life, _catalog: life.start)


def no_mercy_for_the_own_tree(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(candidates, "_same_tree", lambda _run, _claim: False)


def no_partners_in_cuts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(candidates, "join", lambda keys, _pairs: tuple((key,) for key in sorted(keys)))


def no_partners_in_claims(patch: pytest.MonkeyPatch) -> None:
    for module in (newcomers, room):
        patch.setattr(module, "start_alone", lambda catalog, _known: frozenset(run.key for run in catalog.runs))


def no_upstreams_of_promises(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(attempt, "released", lambda _run, _known, as_of: as_of)


def no_room_for_spares(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(choice, "with_room_for_spares", lambda needs, _most: needs)


def no_unfunded_first(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(attempt, "_unfunded", lambda *_, **__: frozenset())


def no_single_lottery(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(newcomers, "out_of_reach", lambda _ground: ())
    patch.setattr(newcomers, "spoken_for", lambda _claims: frozenset())
    patch.setattr(newcomers, "meets_another", lambda _claim, _claims: False)


def no_holds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claims, "_holds", lambda _scope, _ground: iter(()))


def no_tenants(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(candidates, "_tenants", lambda _herd, _start: {})


def no_counting_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(candidates, "in_sequence", iter)


def no_new_group_numbers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        growth,
        "_grown",
        lambda group, _first: dataclasses.replace(group, index=0, pods=tuple(map(growth._begun, group.pods))),
    )


def no_end_of_growth(patch: pytest.MonkeyPatch) -> None:
    def everybody(ground: Any, plan: Any, _cut: Any) -> Any:
        for one in plan.runs:
            run = ground.catalog.run_of.get(one.run)
            if run is not None and run.elastic and isinstance(one.decision, Running):
                yield run, one.decision

    patch.setattr(growth, "_eager", everybody)


def no_ends(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settle, "close", lambda history, _closures: history)


def no_closures(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(activate, "_closures", lambda *_, **__: ())


def no_end_of_cutting(patch: pytest.MonkeyPatch) -> None:
    def everybody(_needs: Any, units: Any, _dice_of: Any) -> CutOutcome:
        return CutOutcome(kept=tuple(Kept(unit=unit, draw=None) for unit in units), lotteries=())

    patch.setattr(activate, "cut", everybody)


def no_entropy_in_the_seed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(activate, "seed_of", lambda *_: "00" * 32)


CONTROLS: tuple[tuple[Switch, Callable[[], None]], ...] = (
    (no_protection, stories.test_a_claim_waits_for_protection_and_its_odds_are_published),
    (no_mercy_for_the_own_tree, who.test_a_tree_never_cuts_its_own),
    (no_partners_in_cuts, stories.test_runs_that_go_together_are_cut_together_also_when_one_between_them_has_ended),
    (no_partners_in_claims, who.test_partners_do_not_start_apart),
    (no_upstreams_of_promises, stories.test_a_promise_does_not_outlive_the_upstream_that_it_counts_on),
    (no_room_for_spares, stories.test_a_lottery_goes_on_until_spares_have_a_node_of_their_own),
    (no_unfunded_first, who.test_unfunded_work_goes_first_and_is_not_protected),
    (no_single_lottery, who.test_one_lottery_is_pending_in_a_domain),
    (no_holds, stories.test_a_newcomer_never_moves_a_promise),
    (no_tenants, stories.test_guests_sit_on_spares_and_go_when_the_spare_is_dropped),
    (no_counting_once, stories.test_width_goes_before_a_lottery_and_the_highest_group_first),
    (no_new_group_numbers, stories.test_a_shrunk_run_grows_back_in_new_groups_and_never_beyond_what_it_desires),
    (no_end_of_growth, stories.test_a_shrunk_run_grows_back_in_new_groups_and_never_beyond_what_it_desires),
    (no_ends, stories.test_a_shrunk_run_grows_back_in_new_groups_and_never_beyond_what_it_desires),
    (no_closures, stories.test_activation_cuts_what_is_missing_and_plans_the_cut_again),
    (no_end_of_cutting, stories.test_activation_cuts_what_is_missing_and_plans_the_cut_again),
    (no_entropy_in_the_seed, stories.test_activation_cuts_what_is_missing_and_plans_the_cut_again),
)


@pytest.mark.parametrize(("switch", "story"), CONTROLS, ids=[switch.__name__ for switch, _ in CONTROLS])
def test_a_guard_that_is_off_is_missed(
    switch: Switch, story: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    switch(monkeypatch)
    with pytest.raises(AssertionError):
        story()
