"""Effort as counts of work, never as time, so that the plan is the same on any machine."""

from dataclasses import dataclass

from jobtree.model.fleet import Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeted:
    """What one component may cost.

    ``prices``: how often they are changed. ``turns``: orders that are tried in the sketch besides those that prices
    give, and ``most_turns`` units in all of them. ``ruins``: changes of the sketch for each unit, and ``most_ruins`` in
    all.
    ``builds``: plans along the sketch. ``seats``: re-insertions by ruin and recreate, for each unit, where there are
    few. ``columns``: the largest exact model that is built. ``nodes``: of the solver's tree, per model. ``rounds``:
    exact models per component, each with more cuts. ``terms``: of the largest model of payers that is built.
    """

    prices: int
    turns: int
    most_turns: int
    ruins: int
    most_ruins: int
    builds: int
    seats: int
    columns: int
    nodes: int
    rounds: int
    terms: int


BUDGETS = {
    Effort.QUICK: Budgeted(
        prices=30,
        turns=0,
        most_turns=0,
        ruins=0,
        most_ruins=0,
        builds=1,
        seats=0,
        columns=200,
        nodes=100,
        rounds=2,
        terms=50_000,
    ),
    Effort.NORMAL: Budgeted(
        prices=100,
        turns=60,
        most_turns=16_000,
        ruins=4,
        most_ruins=1_500,
        builds=4,
        seats=12,
        columns=800,
        nodes=500,
        rounds=3,
        terms=500_000,
    ),
    Effort.THOROUGH: Budgeted(
        prices=400,
        turns=1_000,
        most_turns=400_000,
        ruins=80,
        most_ruins=60_000,
        builds=12,
        seats=150,
        columns=4_000,
        nodes=20_000,
        rounds=8,
        terms=5_000_000,
    ),
}
