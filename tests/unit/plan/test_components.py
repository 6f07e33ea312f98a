"""Which runs are planned together: those that share nodes or accounts, and no others."""

from jobtree.plan.usable import Sharing
from tests.laws.test_price_laws import parts
from tests.unit.plan.fleets import budget, catalog, nodes, run


def members(*runs: object) -> list[list[str]]:
    """Names by component, in a fleet of one flavor with two teams that each have a budget."""
    fleet = catalog(nodes(2), [budget("t", 8), budget("u", 8)], list(runs))  # type: ignore[arg-type]
    return [[str(key) for key in part.demands] for part, _ in parts(fleet)]


def test_runs_that_may_sit_on_the_same_nodes_are_planned_together() -> None:
    assert members(run("a", 1), run("b", 1, team="u")) == [["t/a", "u/b"]]


def test_runs_that_no_node_takes_share_nothing() -> None:
    assert members(run("a", 1, flavor="none"), run("b", 1, team="u", flavor="none")) == [["t/a"], ["u/b"]]


def test_ties_are_those_of_every_place() -> None:
    sharing = Sharing()
    keys = [run(name, 1).key for name in "abcd"]
    ties = [
        tie
        for key, places in zip(keys, ((1, 2), (1, 2), (2, 3), ()), strict=True)
        for tie in sharing.ties(key, places, ())
    ]
    a, b, c, d = keys
    assert (a, b) in ties
    assert (a, c) in ties
    assert not any(d in tie for tie in ties)
