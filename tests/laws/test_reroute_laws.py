"""Laws of the cover stage: other payers, the same seats, and no choice of payers reaches less."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import comb, prod

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.highs import Highs
from jobtree.base.identity import EnvelopeKey, Owner
from jobtree.milp.solver import Solver
from jobtree.model.budget import Lending
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Effort
from jobtree.model.plan import Plan, Start
from jobtree.model.run import Funding
from jobtree.plan import billing, reroute
from jobtree.plan.billing import Claim
from jobtree.plan.component import Component
from jobtree.plan.construct import Measured, construct
from jobtree.plan.draft import Draft
from jobtree.plan.effort import BUDGETS
from jobtree.plan.levels import NAMES, Yardstick, draft_levels
from jobtree.plan.promise import keep_promises
from jobtree.plan.seat import Seat
from tests.laws.plan_audit import faults
from tests.laws.plan_fleets import fleets
from tests.laws.test_price_laws import parts
from tests.unit.plan.fleets import HOUR, NoSolver, budget, catalog, envelope, nodes, plan, run

SOLVER = Cbc()
REACH = slice(NAMES.index("reach-sponsor"), NAMES.index("reach-foreign") + 1)
MOST_CHOICES = 3_000


def family(**shared_has: object) -> Catalog:
    """Its parent's long run takes the envelope that the family shares; the child's short one must then borrow.

    Nothing but the parent's own envelope, which is for itself alone, tells the two choices of the long run apart.
    """
    shared = envelope("x", 8, **({"key": EnvelopeKey("x", "budget", "a")} | shared_has))
    private = envelope("x", 8, key=EnvelopeKey("x", "budget", "b"), shared_with_family=False)
    parent = replace(budget("x", 8), envelopes=(shared, private))
    child = replace(budget("y", 1), parents=(Owner("org:x"),))
    borrows = Funding(allow_borrow=True, sponsors=(Owner("org:s"),))
    runs = [run("long", 8, 3, team="x"), run("short", 4, 1, team="y", funding=borrows)]
    return catalog(nodes(2), [parent, child, budget("s", 8, lending=Lending(allow=True))], runs)


Scene = tuple[Component, Measured, Yardstick]


def scenes(fleet: Catalog) -> Iterator[Scene]:
    """Each component with the best constructive plan."""
    for part, measure in parts(fleet):
        yield part, construct(part, keep_promises(part), measure), measure


def rerouted(scene: Scene, solver: Solver = SOLVER) -> Measured:
    component, best, measure = scene
    found = reroute.reroute(component, best, measure, solver=solver, allowed=BUDGETS[Effort.NORMAL])
    assert found.diagnostics == ()
    return found.best


def seats(draft: Draft) -> dict[object, object]:
    """Pods by run, start, group, role and node: everything but who pays."""
    held: dict[object, int] = {}
    for key, seating in draft.seatings.items():
        for seat in seating.seats:
            place = (key, seating.start, seating.width, seat.group, seat.role, seat.node)
            held[place] = held.get(place, 0) + seat.pods
    return dict(held)


@settings(max_examples=80)
@given(fleets(), st.sampled_from([1, 6, reroute.SEEN]))
def test_only_payers_change_and_levels_never_rise(fleet: Catalog, seen: int) -> None:
    for scene in scenes(fleet):
        component, best, measure = scene
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reroute, "SEEN", seen)
            levels, draft = rerouted(scene)
        assert levels <= best[0]
        assert levels[: REACH.start] == best[0][: REACH.start]
        assert levels[REACH.stop :] == best[0][REACH.stop :]
        assert levels == draft_levels(component, draft, measure)
        assert seats(draft) == seats(best[1])
        assert draft.nodes.equals(best[1].nodes)
        assert draft.accounts.level.min(initial=0) >= 0
        assert draft.seconds.min(initial=0) >= 0


@settings(max_examples=120)
@given(fleets(most=3))
@example(family())
def test_agrees_with_trying_every_choice_of_payers(fleet: Catalog) -> None:
    for scene in scenes(fleet):
        component, best, measure = scene
        if _choices(component, best[1]) <= MOST_CHOICES:
            least = min(_reaches(component, best[1], measure), default=best[0][REACH])
            assert rerouted(scene)[0][REACH] == least


def _ways(pods: int, fares: int) -> Iterator[tuple[int, ...]]:
    """All ways to share out pods over fares."""
    if fares == 1:
        yield (pods,)
        return
    for first in range(pods + 1):
        for rest in _ways(pods - first, fares - 1):
            yield (first, *rest)


def _choices(component: Component, draft: Draft) -> int:
    claims = reroute._claims(component, draft)
    return prod(comb(claim.pods + len(claim.fares) - 1, len(claim.fares) - 1) for claim in claims)


def _reaches(component: Component, draft: Draft, measure: Yardstick) -> Iterator[tuple[int, ...]]:
    """The reach of every choice of payers that all accounts allow, paid by the same books as any plan."""
    claims = reroute._claims(component, draft)
    empty = draft.copy()
    demands = {claim.demand.key: claim.demand for claim in claims}
    for demand in demands.values():
        empty.refund(demand)
    for choice in product(*(_ways(claim.pods, len(claim.fares)) for claim in claims)):
        made = empty.copy()
        for demand in demands.values():
            made.pay(demand, tuple(_seats(claims, choice, demand.key)))
        if made.accounts.level.min(initial=0) >= 0 and made.seconds.min(initial=0) >= 0:
            yield draft_levels(component, made, measure)[REACH]


def _seats(claims: Sequence[Claim], choice: Sequence[tuple[int, ...]], run: object) -> Iterator[Seat]:
    """One seat for each fare: nodes do not matter to reach."""
    for claim, pods in zip(claims, choice, strict=True):
        if claim.demand.key == run:
            for fare, count in zip(claim.fares, pods, strict=True):
                if count:
                    yield replace(claim.seats[0], pods=count, route=fare.route)


def payers(made: Plan) -> dict[str, set[str]]:
    """Which envelopes pay for each run."""
    found: dict[str, set[str]] = {}
    for entry in made.runs:
        if isinstance(entry.decision, Start):
            pods = (pod for group in entry.decision.placement.groups for pod in group.pods)
            found[entry.run.name] = {str(term.payer.envelope) for pod in pods for term in pod.terms if term.payer}
    return found


@pytest.mark.parametrize("solver", [Cbc(), Highs()], ids=["cbc", "highs"])
def test_a_payer_makes_room_for_a_run_that_has_no_other(solver: Solver) -> None:
    greedy, best = plan(family()), plan(family(), solver=solver)
    assert payers(greedy) == {"long": {"x/budget/a"}, "short": {"s/budget/env"}}
    assert payers(best) == {"long": {"x/budget/b"}, "short": {"x/budget/a"}}
    assert faults(family(), best) == []


@settings(max_examples=25)
@given(fleets())
def test_all_solvers_choose_the_same_payers(fleet: Catalog) -> None:
    for scene in scenes(fleet):
        one, other = (rerouted(scene, solver) for solver in (Cbc(), Highs()))
        assert one[0] == other[0]
        assert one[1].seatings == other[1].seatings


def test_without_a_solver_payers_stand() -> None:
    (scene,) = scenes(family())
    component, best, measure = scene
    found = reroute.reroute(component, best, measure, solver=NoSolver(), allowed=BUDGETS[Effort.NORMAL])
    assert found.best is best
    assert [one.code for one in found.diagnostics] == ["JT522"]


@pytest.mark.parametrize(
    ("guard", "fleet"),
    [("_concurrency_rows", family()), ("_second_rows", family(concurrency=16, max_gpu_seconds=24 * HOUR))],
    ids=["concurrency", "seconds"],
)
def test_without_its_rows_an_account_is_overdrawn(guard: str, fleet: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    (scene,) = scenes(fleet)
    honest = rerouted(scene)[1]
    assert min(honest.accounts.level.min(), honest.seconds.min()) >= 0
    monkeypatch.setattr(billing, guard, lambda *_, **__: iter(()))
    blind = rerouted(scene)[1]
    assert min(blind.accounts.level.min(), blind.seconds.min()) < 0
