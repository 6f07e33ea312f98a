"""Effort as counts of work, never as time, so that the plan is the same on any machine."""

from dataclasses import dataclass

from jobtree.model.fleet import Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeted:
    """What one component may cost.

    ``seats``: re-insertions by ruin and recreate, for each unit. ``columns``: the largest exact model that is built.
    ``nodes``: of the solver's tree, per model. ``rounds``: exact models per component, each with more cuts.
    """

    seats: int
    columns: int
    nodes: int
    rounds: int


BUDGETS = {
    Effort.QUICK: Budgeted(seats=0, columns=200, nodes=100, rounds=2),
    Effort.NORMAL: Budgeted(seats=12, columns=800, nodes=500, rounds=3),
    Effort.THOROUGH: Budgeted(seats=150, columns=4_000, nodes=20_000, rounds=8),
}
