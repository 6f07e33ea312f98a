"""Textbook queues: where backfill beats first come first served, and where its two forms differ."""

from dataclasses import replace

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.base.progress import Silent
from jobtree.model.budget import Budget
from jobtree.model.catalog import Catalog
from jobtree.model.run import Run
from jobtree.simulate.baselines.backfill import conservative, easy, fcfs
from jobtree.simulate.baselines.kueue import kueue, kueue_rules
from jobtree.simulate.baselines.kueue_cycle import Settings
from tests.laws.baseline_worlds import after, ground_of
from tests.unit.plan.fleets import HOUR, NOW, budget, catalog, decisions, nodes, run

QUIET = Silent()
NOT_YET = ("refuse", None, None)


def job(name: str, gpus: int, hours: int, place: int, *, team: str = "t") -> Run:
    """A run in pods of one GPU that came in this place."""
    return run(name, gpus, hours, team=team, gpus_per_pod=1, admitted=Instant(NOW - HOUR + place))


def line(*asked: tuple[str, int, int], gpus: int = 8) -> Catalog:
    """One node, one team that may have twice that, and runs (name, GPUs, hours) in the order in which they came."""
    runs = [job(name, width, hours, place) for place, (name, width, hours) in enumerate(asked)]
    return catalog(nodes(1, gpus=gpus), [budget("t", 2 * gpus)], runs)


def test_a_short_run_fills_the_hole_before_the_head_and_delays_nobody() -> None:
    """Lifka 1995: the head waits for 6 GPUs that run until hour 2; 2 GPUs idle until then."""
    fleet = line(("runs", 6, 2), ("head", 8, 1), ("small", 2, 2))
    assert decisions(fcfs(ground_of(fleet), QUIET))["small"] == NOT_YET
    made = decisions(easy(ground_of(fleet), QUIET))
    assert made["small"] == ("start", 0, 2)
    assert made["head"] == ("reserve", 2, 8)


def test_a_run_that_would_delay_the_head_does_not_pass_it() -> None:
    fleet = line(("runs", 6, 2), ("head", 8, 1), ("long", 2, 3))
    assert decisions(easy(ground_of(fleet), QUIET))["long"] == NOT_YET


def test_easy_lets_a_run_delay_the_second_in_the_queue_and_conservative_backfill_does_not() -> None:
    """Mu'alem and Feitelson 2001: EASY promises only to the head, so the third may push the second back."""
    fleet = line(("runs", 4, 1), ("head", 6, 1), ("second", 8, 1), ("third", 2, 3))
    bold, careful = decisions(easy(ground_of(fleet), QUIET)), decisions(conservative(ground_of(fleet), QUIET))
    assert bold["head"] == careful["head"] == ("reserve", 1, 6)
    assert bold["third"] == ("start", 0, 2)
    assert bold["second"] == NOT_YET
    assert careful["second"] == ("reserve", 2, 8)
    assert careful["third"] == ("reserve", 3, 2)


def test_an_empty_purse_does_not_stop_the_queue() -> None:
    """The first team may have 2 GPUs and uses them: its next run is not in the queue until it can pay."""
    runs = [job("a", 2, 2, 0, team="t"), job("b", 2, 1, 1, team="t"), job("c", 4, 1, 2, team="u")]
    fleet = catalog(nodes(1), [budget("t", 2), budget("u", 4)], runs)
    strict, bold = decisions(fcfs(ground_of(fleet), QUIET)), decisions(easy(ground_of(fleet), QUIET))
    assert (strict["a"][0], strict["b"], strict["c"][0]) == ("start", NOT_YET, "start")
    assert (bold["a"][0], bold["b"], bold["c"][0]) == ("start", ("reserve", 2, 2), "start")


def test_a_purse_has_a_head_that_later_runs_of_its_owner_do_not_starve() -> None:
    """4 of the team's 8 GPUs are in use for 2 hours: a run that needs 8 comes before one of 4 hours that needs 2."""
    runs = [job("runs", 4, 2, 0), job("wide", 8, 1, 1), job("long", 2, 4, 2), job("short", 2, 1, 3)]
    fleet = catalog(nodes(2), [budget("t", 8)], runs)
    strict, bold = decisions(fcfs(ground_of(fleet), QUIET)), decisions(easy(ground_of(fleet), QUIET))
    assert strict["wide"] == strict["long"] == strict["short"] == NOT_YET
    assert (bold["wide"], bold["long"], bold["short"]) == (("reserve", 2, 8), NOT_YET, ("start", 0, 2))


def test_the_schedule_is_compressed_when_a_run_ends_early() -> None:
    fleet = line(("runs", 8, 4), ("head", 8, 1), ("second", 8, 1))
    first = conservative(ground_of(fleet), QUIET)
    later = Instant(NOW + HOUR)
    again = conservative(ground_of(fleet, after(fleet, first, later, [Key("t", "runs")]), later), QUIET)
    assert decisions(again)["head"] == ("start", 0, 8)
    assert decisions(again)["second"] == ("reserve", 1, 8)


def test_a_run_that_can_never_fit_is_refused_with_its_reason() -> None:
    fleet = line(("huge", 16, 1), ("small", 8, 1))
    for policy in (fcfs, easy, conservative):
        made = policy(ground_of(fleet), QUIET)
        assert next(one.reason.code for one in made.runs if one.run.name == "huge") == "JT501"
        assert decisions(made)["small"][0] == "start"


def cohort(a: int, b: int) -> list[Budget]:
    """Two teams of one family, each with so many GPUs."""
    return [budget("a", a), replace(budget("b", b), parents=(Owner("org:a"),))]


def test_a_queue_borrows_what_its_cohort_leaves_as_in_kueues_borrowing_example() -> None:
    """Page "Cluster Queue": team-a has 9 and team-b 12, so team-a can admit 21; with a borrowingLimit of 1, 10."""
    runs = [job(f"r{number:02}", 1, 4, number, team="a") for number in range(24)]
    fleet = catalog(nodes(3), cohort(9, 12), runs)
    free, tight = kueue_rules(ground_of(fleet), QUIET), kueue(Settings(borrowing_limit=1))(ground_of(fleet), QUIET)
    assert [sum(kind == "start" for kind, *_ in decisions(made).values()) for made in (free, tight)] == [21, 10]


def test_nominal_quota_is_reclaimed_from_who_borrowed_last() -> None:
    early = [job(f"r{number}", 2, 9, number, team="a") for number in range(4)]
    fleet = catalog(nodes(1), cohort(4, 4), early)
    first = kueue_rules(ground_of(fleet), QUIET)
    later = Instant(NOW + HOUR)
    grown = catalog(nodes(1), cohort(4, 4), [*early, job("own", 4, 1, 2 * HOUR, team="b")])
    made = kueue_rules(ground_of(grown, after(fleet, first, later), later), QUIET)
    assert decisions(made)["own"] == ("start", 0, 4)
    assert [cut.unit for cut in made.cuts] == ["a/r0", "a/r1"]
    assert decisions(made)["r0"] == NOT_YET


def test_a_window_and_hours_mean_nothing_to_kueue() -> None:
    fleet = catalog(nodes(1), [budget("t", 8, max_gpu_seconds=HOUR)], [job("r", 8, 9, 0)])
    assert decisions(kueue_rules(ground_of(fleet), QUIET))["r"] == ("start", 0, 8)
    assert decisions(easy(ground_of(fleet), QUIET))["r"][0] == "refuse"


def test_who_was_not_needed_goes_free_again() -> None:
    """Page "Preemption", last step: the newest is taken first, but the older one alone makes enough room."""
    big, small = job("big", 4, 9, 0, team="a"), job("small", 2, 9, HOUR + 1, team="a")
    made, past = None, None
    for hours, runs in ((0, [big]), (2, [big, small]), (3, [big, small, job("own", 4, 1, 3 * HOUR, team="b")])):
        now, fleet = Instant(NOW + hours * HOUR), catalog(nodes(1), cohort(2, 4), runs)
        past = None if made is None else after(fleet, made, now)
        made = kueue_rules(ground_of(fleet, past, now), QUIET)
    assert made is not None
    assert decisions(made)["own"] == ("start", 0, 4)
    assert [cut.unit for cut in made.cuts] == ["a/big"]
