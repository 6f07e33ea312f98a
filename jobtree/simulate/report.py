"""Results as JSON: everything with ``-o json``, and the series of points that the report page draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.instant import Instant, format_instant
from jobtree.emit.json_writer import write_json
from jobtree.simulate.outcome import Accuracy, Outcome, Point, RunOutcome, Waits
from jobtree.simulate.scenario import Scenario

FORMAT_VERSION = 1
Object = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An outcome, and the overlays that it was made with."""

    outcome: Outcome
    overlays: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The policy; with a mark where the fleet was changed."""
        return f"{self.outcome.policy} with" if self.overlays else self.outcome.policy


def results_json(scenario: Scenario, results: Sequence[Result]) -> bytes:
    """All results. Durations are seconds, work is GPU-seconds."""
    return write_json({**_head(scenario), "every": scenario.every, "results": [_result(one) for one in results]})


def series_json(scenario: Scenario, results: Sequence[Result]) -> bytes:
    """How each policy went, compile by compile."""
    policies = [{"name": one.name, "points": [_point(point) for point in one.outcome.points]} for one in results]
    return write_json({**_head(scenario), "policies": policies})


def _head(scenario: Scenario) -> dict[str, object]:
    return {
        "formatVersion": FORMAT_VERSION,
        "from": format_instant(scenario.since),
        "until": format_instant(scenario.until),
        "seed": scenario.seed,
    }


def _result(result: Result) -> Object:
    one = result.outcome
    return {
        "policy": one.policy,
        "with": list(result.overlays),
        "cycles": one.cycles,
        "events": one.events,
        "gpuSeconds": {"used": one.used, "usable": one.usable},
        "domains": [{"domain": str(use.domain), "used": use.used, "usable": use.usable} for use in one.domains],
        "runs": dict(one.ends),
        "waits": [_waits(waits) for waits in one.waits],
        "promises": {
            "first": _accuracy(one.first_promises),
            "last": _accuracy(one.last_promises),
            "slips": one.slips,
        },
        "openings": dict(one.openings),
        "closures": dict(one.closures),
        "cuts": dict(one.cuts),
        "lostGPUSeconds": dict(one.lost),
        "nodes": {"lost": one.node_failures, "returned": one.node_returns},
        "envelopes": [{"envelope": str(line.envelope), "spent": line.spent, "cap": line.cap} for line in one.envelopes],
        "decided": [_run(run) for run in one.runs],
    }


def _waits(waits: Waits) -> Object:
    return {
        "owner": waits.owner,
        "runs": waits.runs,
        "waiting": waits.waiting,
        "mean": waits.mean,
        "p50": waits.median,
        "p95": waits.p95,
        "max": waits.longest,
        "weighted": waits.weighted,
    }


def _accuracy(found: Accuracy) -> Object:
    return {
        "runs": found.runs,
        "withinAMinute": found.close,
        "early": found.early,
        "late": found.late,
        "meanError": found.error,
    }


def _run(run: RunOutcome) -> Object:
    return {
        "run": str(run.run),
        "owner": run.owner,
        "gpus": run.gpus,
        "arrived": format_instant(run.arrived),
        "started": _instant(run.started),
        "ended": _instant(run.ended),
        "end": run.end,
        "starts": run.starts,
        "promisedFirst": _instant(run.first_promise),
        "promisedLast": _instant(run.last_promise),
    }


def _instant(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


def _point(point: Point) -> Object:
    return {
        "at": format_instant(point.at),
        "gpus": {"usable": point.usable, "inUse": point.in_use},
        "waiting": {"runs": point.waiting_runs, "gpus": point.waiting_gpus},
        "byOwner": {one.owner: {"inUse": one.in_use, "waiting": one.waiting} for one in point.owners},
    }
