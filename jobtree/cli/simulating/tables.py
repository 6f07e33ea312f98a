"""Results on a terminal: a column for each policy, so that what differs stands side by side."""

from collections.abc import Callable, Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from jobtree.base.moments import gpu_hours, long_moment, percent, span
from jobtree.base.quantity import format_duration
from jobtree.base.words import count
from jobtree.cli.terminal import Column, table
from jobtree.simulate.outcome import Accuracy, Outcome
from jobtree.simulate.report import Result
from jobtree.simulate.scenario import Scenario

Cell = Callable[[Outcome], str]


def parts(scenario: Scenario, results: Sequence[Result]) -> Iterator[RenderableType]:
    """Headline, measures, waits, domains, budgets."""
    length = format_duration(scenario.until - scenario.since)
    every = format_duration(scenario.every)
    yield Text(f"{length} from {long_moment(scenario.since)}, seed {scenario.seed}, a compile every {every}")
    for overlay in dict.fromkeys(overlay for one in results for overlay in one.overlays):
        yield Text(f"with {overlay}")
    yield from _section("Result", "", results, list(_measures(results)))
    yield from _section("Wait by owner: mean, and 95 of 100 wait at most", "OWNER", results, _waits(results))
    yield from _section("In use by domain", "DOMAIN", results, _domains(results))
    yield from _section("GPU-hours by envelope, of its cap", "ENVELOPE", results, _envelopes(results))


def _section(
    title: str, first: str, results: Sequence[Result], rows: Sequence[Sequence[str]]
) -> Iterator[RenderableType]:
    if rows:
        yield ""
        yield Text(title, style="bold cyan")
        columns = [Column(first), *(Column(one.name.upper(), number=True) for one in results)]
        yield table(columns, rows)


def _measures(results: Sequence[Result]) -> Iterator[Sequence[str]]:
    outcomes = [one.outcome for one in results]
    for name, cell in _FIXED:
        yield [name, *(cell(outcome) for outcome in outcomes)]
    for title, of, shown in _NAMED:
        names = sorted({name for outcome in outcomes for name, _ in of(outcome)})
        for name in names:
            yield [f"{title} {name}", *(shown(dict(of(outcome)).get(name, 0)) for outcome in outcomes)]


def _promises(found: Accuracy) -> str:
    if not found.runs:
        return "-"
    return f"{found.close:,} of {found.runs:,}"


_FIXED: tuple[tuple[str, Cell], ...] = (
    ("GPUs in use", lambda one: percent(one.used, one.usable)),
    ("GPU-hours in use", lambda one: gpu_hours(one.used)),
    ("GPU-hours usable", lambda one: gpu_hours(one.usable)),
    ("wait, mean", lambda one: span(one.waits[0].mean)),
    ("wait, median", lambda one: span(one.waits[0].median)),
    ("wait, 95 of 100", lambda one: span(one.waits[0].p95)),
    ("wait, longest", lambda one: span(one.waits[0].longest)),
    ("wait, by GPU-hours", lambda one: span(one.waits[0].weighted)),
    ("started as first promised", lambda one: _promises(one.first_promises)),
    ("  earlier, later", lambda one: f"{one.first_promises.early:,}, {one.first_promises.late:,}"),
    ("  off by, on average", lambda one: span(one.first_promises.error)),
    ("started as last promised", lambda one: _promises(one.last_promises)),
    ("  off by, on average", lambda one: span(one.last_promises.error)),
    ("promises that slipped", lambda one: f"{one.slips:,}"),
    ("nodes lost, returned", lambda one: f"{one.node_failures:,}, {one.node_returns:,}"),
    ("compiles", lambda one: f"{one.cycles:,}"),
)
_NAMED: tuple[tuple[str, Callable[[Outcome], tuple[tuple[str, int], ...]], Callable[[int], str]], ...] = (
    ("runs", lambda one: one.ends, lambda number: f"{number:,}"),
    ("leases begun:", lambda one: one.openings, lambda number: f"{number:,}"),
    ("cuts:", lambda one: one.cuts, lambda number: f"{number:,}"),
    ("GPU-hours lost by", lambda one: one.lost, gpu_hours),
)


def _waits(results: Sequence[Result]) -> list[Sequence[str]]:
    known = [{waits.owner: waits for waits in one.outcome.waits if waits.owner is not None} for one in results]
    owners = sorted({owner for found in known for owner in found if owner is not None})
    return [
        [
            owner,
            *(f"{span(found[owner].mean)}, {span(found[owner].p95)}" if owner in found else "-" for found in known),
        ]
        for owner in owners
    ]


def _domains(results: Sequence[Result]) -> list[Sequence[str]]:
    known = [{use.domain: use for use in one.outcome.domains} for one in results]
    domains = sorted({domain for found in known for domain in found})
    return [
        [
            str(domain),
            *(percent(found[domain].used, found[domain].usable) if domain in found else "-" for found in known),
        ]
        for domain in domains
    ]


def _envelopes(results: Sequence[Result]) -> list[Sequence[str]]:
    known = [{line.envelope: line for line in one.outcome.envelopes} for one in results]
    keys = sorted({key for found in known for key, line in found.items() if line.spent})
    return [
        [
            str(key),
            *(
                gpu_hours(found[key].spent) + (f" of {gpu_hours(cap)}" if (cap := found[key].cap) is not None else "")
                for found in known
            ),
        ]
        for key in keys
    ]


def told(results: Sequence[Result]) -> str:
    """How much was rolled."""
    cycles = sum(one.outcome.cycles for one in results)
    events = sum(one.outcome.events for one in results)
    return f"{count(events, 'event')} and {count(cycles, 'compile')}"
