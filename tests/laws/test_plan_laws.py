"""Laws of every plan (semantics.md 5, 6, 7, 9), judged by an audit that shares nothing with the planner."""

from dataclasses import replace
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.adapters.cbc import Cbc
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import Lease
from jobtree.model.plan import Plan, Reserve, Running, Start
from jobtree.model.reservation import Promise
from tests.laws.plan_audit import faults, level, placed, wait
from tests.laws.plan_fleets import fleets
from tests.unit.plan.fleets import HOUR, NOW, budget, catalog, nodes, plan, run

SOLVER = Cbc()


def bound(made: Plan) -> int:
    found = next(one.bound for one in made.proof.levels if one.name == "wait")
    assert found is not None
    return found


@settings(max_examples=60)
@given(fleets())
def test_a_plan_breaks_no_law(fleet: Catalog) -> None:
    made = plan(fleet)
    assert faults(fleet, made) == []
    assert level(made, "wait") == wait(fleet, made)
    assert bound(made) <= wait(fleet, made)


@settings(max_examples=15)
@given(fleets(most=5))
def test_the_solver_only_ever_helps(fleet: Catalog) -> None:
    alone, helped = plan(fleet), plan(fleet, solver=SOLVER)
    assert faults(fleet, helped) == []
    assert [one.value for one in helped.proof.levels] <= [one.value for one in alone.proof.levels]
    assert bound(alone) <= bound(helped) <= wait(fleet, helped)


def history_of(made: Plan) -> History:
    """What a next compile would read from the output tree."""
    leases, promises = [], []
    for entry in made.runs:
        match entry.decision:
            case Start(placement=where):
                leases += [
                    Lease(
                        run=entry.run, owner=entry.owner, group=group.index, rank=pod.rank, role=pod.role,
                        node=pod.node, slots=pod.slots, payer=term.payer, interval=term.interval, reason=term.reason,
                    )
                    for group in where.groups for pod in group.pods for term in pod.terms
                ]  # fmt: skip
            case Reserve(placement=where):
                names = tuple(sorted({pod.node for group in where.groups for pod in group.pods}))
                promises.append(
                    Promise(run=entry.run, earliest_start=where.interval.start, width=where.width, nodes=names)
                )
    order = sorted(leases, key=lambda one: (one.run, one.group, one.role, one.rank, one.interval.start))
    return History(leases=tuple(order), promises=tuple(promises))


@settings(max_examples=40)
@given(fleets())
def test_planning_again_keeps_starts_and_promises(fleet: Catalog) -> None:
    first = plan(fleet)
    again = plan(fleet, history_of(first))
    assert level(again, "promises") == 0
    for one, other in zip(first.runs, again.runs, strict=True):
        match one.decision, other.decision:
            case (Start(placement=started), _):
                assert other.decision == Running(placement=started)
            case (Reserve(placement=promised), Start(placement=kept) | Reserve(placement=kept)):
                assert kept.interval.start <= promised.interval.start
            case (Reserve(), _):
                raise AssertionError(f"{one.run} was promised a start and has none")


@settings(max_examples=25)
@given(fleets(most=5), st.randoms(use_true_random=False))
def test_the_order_of_inputs_changes_nothing(fleet: Catalog, dice: object) -> None:
    shuffled = [list(part) for part in (fleet.nodes, fleet.budgets, fleet.runs)]
    for part in shuffled:
        dice.shuffle(part)  # type: ignore[attr-defined]
    machines, budgets, runs = shuffled
    assert plan(catalog(machines, budgets, runs)) == plan(fleet)


@settings(max_examples=25)
@given(fleets(most=5))
def test_an_unrelated_team_changes_nothing(fleet: Catalog) -> None:
    other = [run("x", 4, 2, team="zz", flavor="A100"), run("y", 8, 1, team="aa", flavor="A100")]
    machines = nodes(2, fabric="A4", cluster="c", flavor="A100")
    machines = [replace(node, name=f"other-{node.name}") for node in machines]
    more = [budget("zz", 8, flavor="A100"), budget("aa", 8, flavor="A100")]
    alone = plan(fleet)
    joined = plan(catalog([*fleet.nodes, *machines], [*fleet.budgets, *more], [*fleet.runs, *other]))
    kept = tuple(entry for entry in joined.runs if entry.run.namespace not in ("zz", "aa"))
    assert kept == alone.runs


@settings(max_examples=20)
@given(fleets(most=5), st.integers(1, 3))
def test_promises_do_not_slip_when_time_passes(fleet: Catalog, hours: int) -> None:
    first = plan(fleet)
    later = plan(fleet, history_of(first), as_of=NOW + hours * HOUR)  # type: ignore[arg-type]
    assert level(later, "promises") == 0


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 3)), min_size=1, max_size=4))
def test_agrees_with_exhaustive_search(sizes: list[tuple[int, int]]) -> None:
    """On one node of eight GPUs every best plan is some order of insertion."""
    runs = [run(f"r{i}", gpus, hours, gpus_per_pod=1) for i, (gpus, hours) in enumerate(sizes)]
    fleet = catalog(nodes(1), [budget("t", 8)], runs)
    made = plan(fleet, solver=SOLVER)
    assert level(made, "wait") == min(_list_schedule(order) for order in permutations(sizes))


def _list_schedule(order: tuple[tuple[int, int], ...]) -> int:
    held = [0] * 100
    total = 0
    for gpus, hours in order:
        start = next(t for t in range(100) if all(held[t + k] + gpus <= 8 for k in range(hours)))
        for k in range(hours):
            held[start + k] += gpus
        total += gpus * hours * HOUR * start * HOUR
    return total


def test_tightening_a_budget_never_shortens_a_proven_wait() -> None:
    runs = [run("a", 8, 2), run("b", 8, 1), run("c", 4, 3), run("d", 4, 1)]
    waits = []
    for gpus in (24, 16, 12, 8):
        made = plan(catalog(nodes(2), [budget("t", gpus)], runs), solver=SOLVER)
        assert made.proof.status == "proven"
        waits.append(level(made, "wait"))
    assert waits == sorted(waits)


def test_gpu_seconds_charged_are_gpu_seconds_placed() -> None:
    fleet = catalog(nodes(2), [budget("t", 16)], [run("a", 8, 2), run("b", 16, 1)])
    made = plan(fleet)
    for one, where in placed(fleet, made):
        paid = sum(len(pod.slots) * term.interval.seconds for g in where.groups for pod in g.pods for term in pod.terms)
        assert paid == where.width * one.duration
