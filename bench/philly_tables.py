"""Results of a replay as Markdown tables. Used by ``philly_month.py``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from philly_weeks import WARM, Study

from jobtree.base.identity import Owner
from jobtree.simulate.outcome import Outcome, Point, RunOutcome
from jobtree.simulate.scenario import Scenario

HOUR = 3_600
Found = Sequence[tuple[Outcome, float]]
"""What came of each policy, and the seconds that it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """Seconds from being asked for to the first start, of some runs; those that never started count to the end."""

    runs: int
    waiting: int
    mean: int
    median: int
    p95: int
    weighted: int


def tables(study: Study, scenario: Scenario, found: Found) -> str:
    """Everything that is printed."""
    outcomes = [outcome for outcome, _ in found]
    runs = scenario.catalog.run_of.values()
    warm = [run for run in runs if run.key.name.startswith(WARM)]
    asked = sum(scenario.work(run.key).seconds * run.total_gpus for run in runs)
    lines = [
        f"{len(runs) - len(warm):,} jobs from {study.first} on for {study.days} days, and {len(warm)} that were going"
        f" on; {asked // HOUR:,} GPU-hours, on {study.gpus:,} GPUs that have {study.gpus * study.days * 24:,}."
        f" Teams and divisions may use {_concurrency(scenario):,} GPUs at once. A compile every {study.every // 60}"
        " minutes.",
        "",
        *_table(("", *(outcome.policy for outcome in outcomes)), _figures(scenario, found)),
        "",
        "Area-weighted wait of each team, in hours:",
        "",
        *_table(("team", "jobs", *(outcome.policy for outcome in outcomes)), _by_team(scenario, outcomes)),
        "",
        "GPU-hours of each team as a share of its cap:",
        "",
        *_table(("team", "cap", *(outcome.policy for outcome in outcomes)), _hours(outcomes)),
    ]
    return "\n".join(lines)


def _figures(scenario: Scenario, found: Found) -> Iterable[Sequence[str]]:
    outcomes = [outcome for outcome, _ in found]
    waits = [waited(_measured(outcome), scenario) for outcome in outcomes]

    def row(name: str, cells: Iterable[object]) -> Sequence[str]:
        return (name, *map(str, cells))

    yield row("GPUs in use", (f"{100 * one.used / one.usable:.1f} %" for one in outcomes))
    yield row("jobs done", (f"{dict(one.ends).get('completed', 0):,}" for one in outcomes))
    yield row("jobs never started", (f"{one.waiting:,}" for one in waits))
    yield row("mean wait, h", (_h(one.mean) for one in waits))
    yield row("median wait, h", (_h(one.median) for one in waits))
    yield row("95th percentile, h", (_h(one.p95) for one in waits))
    yield row("area-weighted wait, h", (_h(one.weighted) for one in waits))
    yield row("jobs with a promise", (f"{one.first_promises.runs:,}" for one in outcomes))
    yield row("... started later than first promised", (f"{one.first_promises.late:,}" for one in outcomes))
    yield row("... mean distance from it, h", (_error(one) for one in outcomes))
    for kind in sorted({kind for one in outcomes for kind, _ in one.cuts}):
        yield row(f"cuts: {kind}", (f"{dict(one.cuts).get(kind, 0):,}" for one in outcomes))
    yield row("work lost, GPU-h", (f"{sum(lost for _, lost in one.lost) // HOUR:,}" for one in outcomes))
    yield row("beyond teams' hours, GPU-h", (f"{beyond_hours(one) // HOUR:,}" for one in outcomes))
    yield row("beyond divisions' caps, GPU-h", (f"{beyond_caps(scenario, one) // HOUR:,}" for one in outcomes))
    yield row("compiles", (f"{one.cycles:,}" for one in outcomes))
    yield row("seconds in all", (f"{seconds:,.0f}" for _, seconds in found))


def _by_team(scenario: Scenario, outcomes: Sequence[Outcome]) -> Iterable[Sequence[str]]:
    for owner in sorted({run.owner for run in scenario.catalog.runs}):
        own = [[run for run in _measured(outcome) if run.owner == owner] for outcome in outcomes]
        cells = [_h(waited(runs, scenario).weighted) for runs in own]
        yield (owner, f"{len(own[0]):,}", *cells)


def _hours(outcomes: Sequence[Outcome]) -> Iterable[Sequence[str]]:
    for line, first in enumerate(outcomes[0].envelopes):
        if first.cap:
            shares = [f"{100 * one.envelopes[line].spent / first.cap:.0f} %" for one in outcomes]
            yield (first.envelope.namespace, f"{first.cap // HOUR:,}", *shares)


def waited(runs: Sequence[RunOutcome], scenario: Scenario) -> Waited:
    """``weighted`` weighs each run with its GPUs times the seconds that it declares, as level 3 of a plan does."""
    run_of = scenario.catalog.run_of
    pairs = [((run.started or scenario.until) - run.arrived, run.gpus * run_of[run.run].duration) for run in runs]
    ordered = sorted(wait for wait, _ in pairs) or [0]
    return Waited(
        runs=len(runs),
        waiting=sum(run.started is None for run in runs),
        mean=sum(ordered) // len(ordered),
        median=ordered[(len(ordered) - 1) // 2],
        p95=ordered[(len(ordered) - 1) * 95 // 100],
        weighted=sum(wait * weight for wait, weight in pairs) // max(1, sum(weight for _, weight in pairs)),
    )


def beyond_hours(outcome: Outcome) -> int:
    """GPU-seconds that teams used and their envelopes do not allow."""
    return sum(max(0, one.spent - one.cap) for one in outcome.envelopes if one.cap is not None)


def beyond_caps(scenario: Scenario, outcome: Outcome) -> int:
    """GPU-seconds above the caps of divisions, each compile's use taken as it was until the next."""
    points = outcome.points
    ends = [*(point.at for point in points[1:]), outcome.until]
    total = 0
    for budget in scenario.catalog.budgets:
        for cap in budget.caps:
            paid_by = {scenario.catalog.envelopes[key].owner for key in cap.envelopes}
            most = cap.max_concurrency if cap.max_concurrency is not None else 1 << 60
            above = (max(0, _used(point, paid_by) - most) for point in points)
            total += sum(gpus * (end - point.at) for gpus, point, end in zip(above, points, ends, strict=True))
    return total


def _used(point: Point, owners: set[Owner]) -> int:
    return sum(one.in_use for one in point.owners if one.owner in owners)


def _measured(outcome: Outcome) -> Sequence[RunOutcome]:
    return [run for run in outcome.runs if not run.run.name.startswith(WARM)]


def _concurrency(scenario: Scenario) -> int:
    return sum(envelope.concurrency for envelope in scenario.catalog.envelopes.values())


def _error(outcome: Outcome) -> str:
    return _h(outcome.first_promises.error) if outcome.first_promises.runs else "-"


def _h(seconds: int) -> str:
    return f"{seconds / HOUR:.1f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield "| " + " | ".join(row) + " |"
