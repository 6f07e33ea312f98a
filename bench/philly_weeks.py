"""Weeks of the Philly trace as a scenario of the simulator. Used by ``philly_month.py``."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from pathlib import Path

from philly import API, HEADER, division_budget_yaml, fleet_yaml, team_budget_yaml, topology_yaml
from philly_trace import DIVISIONS, Job, Team, duration, teams_of

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.load.loader import load
from jobtree.load.source import Source
from jobtree.simulate.faults import Work
from jobtree.simulate.scenario import Scenario

FLAVOR = "GPU"
HOUR, DAY = 3_600, 86_400
ASKED = tuple(HOUR * hours for hours in (4, 8, 12, 24, 48, 96, 168, 336, 720, 1_080))
"""Durations that people ask for: few, round, and not below what they need. The trace has none of them."""
CHECKPOINT = "3h"
"""It does not divide the time between compiles: else whoever is cut would just have written one."""
WARM = "warm"
"""Prefix of runs that were going on when the weeks began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is replayed. ``share``: a team's GPUs at once, of its average use over the whole trace; ``hours``: its
    GPU-hours, in hours of full use; ``least``: GPU-hours of the smallest job; ``every``: seconds between compiles.
    """

    csv: Path
    first: dt.date
    days: int
    gpus: int
    share: Fraction
    hours: int
    least: Fraction
    every: int
    effort: str

    @property
    def since(self) -> dt.datetime:
        """Midnight of the first day."""
        return dt.datetime.combine(self.first, dt.time(), dt.UTC)

    @property
    def until(self) -> dt.datetime:
        """Midnight after the last day."""
        return self.since + dt.timedelta(days=self.days)


def chosen(jobs: Sequence[Job], study: Study) -> Iterator[tuple[str, Job]]:
    """Jobs of the weeks that are large enough, by submission, and before them what was going on when they began.

    What was going on is what would have been, had every job begun when it was submitted; it has what was left of it.
    """
    large = sorted(
        (job for job in jobs if job.work >= study.least * HOUR), key=lambda job: (job.submitted, job.team, job.seconds)
    )
    for number, job in enumerate(large):
        left = job.seconds - int((study.since - job.submitted).total_seconds())
        if job.submitted < study.since and left > 0:
            yield f"{WARM}-{number:05d}", Job(submitted=study.since, seconds=left, gpus=job.gpus, team=job.team)
        elif study.since <= job.submitted < study.until:
            yield f"job-{number:05d}", job


def asked(seconds: int, every: int) -> int:
    """The duration that a job's owner would have declared: whole compiles long, so that all ends fall on compiles."""
    return next(one for one in ASKED if one >= seconds and one % every == 0)


def run_yaml(name: str, job: Job, team: Team, every: int) -> str:
    """Pods of 8 GPUs as far as they divide the job; a checkpoint every three hours is kept."""
    return f"""\
apiVersion: {API}
kind: Run
metadata: {{name: "{name}", namespace: "{team.namespace}", creationTimestamp: "{job.submitted:%Y-%m-%dT%H:%M:%SZ}"}}
spec:
  owner: "{team.owner}"
  resources: {{gpuType: "{FLAVOR}", totalGPUs: {job.gpus}, gpusPerPod: {gcd(job.gpus, 8)}}}
  runtime: {{duration: "{duration(asked(job.seconds, every))}", checkpoint: "{CHECKPOINT}"}}
"""


def settings(study: Study, teams: Sequence[Team]) -> str:
    """Contended reservations are due at the next compile, so that nobody compiles more often than the others."""
    lead = f"    activation: {{lead: {study.every}s}}\n"
    return f"{fleet_yaml(teams, study.first)}{lead}  solver: {{effort: {study.effort}}}\n"


def files(picked: Sequence[tuple[str, Job]], teams: Sequence[Team], study: Study) -> Mapping[str, str]:
    """The fleet repository with all runs of the weeks."""
    team_of = {team.name: team for team in teams}
    runs: dict[str, list[str]] = {}
    for name, job in picked:
        team = team_of[job.team]
        runs.setdefault(f"runs/{team.namespace}.yaml", []).append(run_yaml(name, job, team, study.every))
    divisions = range(1, DIVISIONS + 1)
    return {
        "fleet.yaml": settings(study, teams),
        "topology.yaml": topology_yaml(study.gpus),
        **{f"budgets/{team.namespace}.yaml": team_budget_yaml(team, study.first, study.hours) for team in teams},
        **{f"budgets/division-{n}.yaml": division_budget_yaml(n, teams, study.first) for n in divisions},
        **{path: HEADER + "---\n".join(texts) for path, texts in runs.items()},
    }


def scenario_of(jobs: Sequence[Job], study: Study) -> Scenario:
    """The weeks as a scenario: real durations are the trace's, and nothing fails."""
    teams, picked = teams_of(jobs, study.share), list(chosen(jobs, study))
    namespace = {team.name: team.namespace for team in teams}
    texts = files(picked, teams, study)
    loading = load([Source(path, text.encode()) for path, text in sorted(texts.items())], admissions={}, recorded={})
    if loading.catalog is None:
        raise SystemExit(f"refused: {loading.diagnostics[:3]}")
    return Scenario(
        catalog=loading.catalog,
        since=Instant(int(study.since.timestamp())),
        until=Instant(int(study.until.timestamp())),
        every=study.every,
        works={Key(namespace[job.team], name): Work(seconds=job.seconds) for name, job in picked},
    )
