"""Make a fleet repository from one day of the Philly trace: ``python bench/philly.py CSV --day 2017-10-20 --out DIR``.

The CSV has the columns timestamp, duration, num_gpus, gpu_time, cluster. Every rule by which teams become budgets and
jobs become runs is a small function, here or in ``philly_trace.py``, and is told in the README that is written beside
the result. Equal arguments give equal bytes: nothing is drawn, and the clock is not asked.
"""

import argparse
import datetime as dt
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from philly_trace import DIVISIONS, ISLAND, Job, Team, choose, duration, machines, read_jobs, teams_of

API = "rq.davidlangworthy.io/v1"
FLAVOR = "GPU"
FORTNIGHT_HOURS = 14 * 24
WINDOW_DAYS = 90
RESERVE = 16
CITATION = (
    'Jeon et al., "Analysis of Large-Scale Multi-Tenant GPU Clusters for DNN Training Workloads", USENIX ATC 2019'
)
HEADER = f"""\
# Made by bench/philly.py from the Philly traces (github.com/msr-fiddle/philly-traces, data licensed CC BY 4.0).
# How, and what was invented: README.md.
# Please cite {CITATION}.
"""


def topology_yaml(gpus: int) -> str:
    """Node pools, one for each island."""
    pools = [
        f"""\
apiVersion: {API}
kind: NodePool
metadata: {{name: "m{size}-{number}"}}
spec:
  count: {count}
  gpusPerNode: {size}
  labels: {{region: "philly", cluster: "philly", fabric.domain: "m{size}-{number}", gpu.flavor: "{FLAVOR}"}}
"""
        for size, number, count in machines(gpus)
    ]
    return HEADER + "---\n".join(pools)


def fleet_yaml(teams: Sequence[Team], day: dt.date) -> str:
    """The registry of divisions and teams, and a horizon of four weeks."""
    divisions = [
        f'    - {{name: "org:d{n}", namespaces: ["division-{n}"], paths: ["budgets/division-{n}.yaml"]}}\n'
        for n in range(1, DIVISIONS + 1)
    ]
    owners = [
        f'    - {{name: "{team.owner}", namespaces: ["{team.namespace}"],'
        f' paths: ["budgets/{team.namespace}.yaml", "runs/{team.namespace}.yaml"]}}\n'
        for team in sorted(teams, key=lambda team: team.owner)
    ]
    return f"""\
{HEADER}apiVersion: {API}
kind: Fleet
metadata: {{name: "philly-{day}"}}
spec:
  clusters: ["philly"]
  owners:
{"".join(divisions + owners)}  planning:
    horizon: 28d
"""


def envelope_yaml(concurrency: int, day: dt.date, *, hours: int | None = None) -> str:
    """One envelope of 90 days; hours in GPU-hours."""
    end = day + dt.timedelta(days=WINDOW_DAYS)
    lines = [
        '    - name: "window"',
        f'      flavor: "{FLAVOR}"',
        '      selector: {cluster: "philly"}',
        f"      concurrency: {concurrency}",
        *([f"      maxGPUHours: {hours}"] if hours is not None else []),
        f'      start: "{day}T00:00:00Z"',
        f'      end: "{end}T00:00:00Z"',
    ]
    return "".join(f"{line}\n" for line in lines)


def team_budget_yaml(team: Team, day: dt.date, full_hours: int = FORTNIGHT_HOURS) -> str:
    """The team's own envelope, capped at so many hours of full use: a fortnight's, if nothing else is said."""
    hours = team.concurrency * full_hours
    return f"""\
{HEADER}apiVersion: {API}
kind: Budget
metadata: {{name: "{team.namespace}", namespace: "{team.namespace}"}}
spec:
  owner: "{team.owner}"
  parents: ["org:d{team.division}"]
  envelopes:
{envelope_yaml(team.concurrency, day, hours=hours)}"""


def division_budget_yaml(number: int, teams: Sequence[Team], day: dt.date) -> str:
    """A reserve that any team of the division may use, and a cap of nine tenths of all its envelopes together."""
    total = RESERVE + sum(team.concurrency for team in teams if team.division == number)
    return f"""\
{HEADER}apiVersion: {API}
kind: Budget
metadata: {{name: "division-{number}", namespace: "division-{number}"}}
spec:
  owner: "org:d{number}"
  envelopes:
{envelope_yaml(RESERVE, day)}\
  aggregateCaps:
    - {{name: "division", flavor: "{FLAVOR}", subtree: true, maxConcurrency: {total * 9 // 10}}}
"""


def run_yaml(name: str, job: Job, team: Team) -> str:
    """One pod up to 8 GPUs, pods of 8 above."""
    pod = job.gpus if job.gpus < 8 else 8
    return f"""\
apiVersion: {API}
kind: Run
metadata: {{name: "{name}", namespace: "{team.namespace}", creationTimestamp: "{job.submitted:%Y-%m-%dT%H:%M:%SZ}"}}
spec:
  owner: "{team.owner}"
  resources: {{gpuType: "{FLAVOR}", totalGPUs: {job.gpus}, gpusPerPod: {pod}}}
  runtime: {{duration: "{duration(job.seconds)}"}}
"""


def run_files(chosen: Sequence[tuple[str, Job]], teams: Sequence[Team]) -> dict[str, str]:
    """Runs in order of submission, one file for each team."""
    team_of = {team.name: team for team in teams}
    documents: dict[str, list[str]] = defaultdict(list)
    for name, job in chosen:
        team = team_of[job.team]
        documents[f"runs/{team.namespace}.yaml"].append(run_yaml(name, job, team))
    return {path: HEADER + "---\n".join(texts) for path, texts in documents.items()}


def readme(
    jobs: Sequence[Job], chosen: Sequence[tuple[str, Job]], teams: Sequence[Team], options: argparse.Namespace
) -> str:
    """Rules and numbers of this very example."""
    template = Template((Path(__file__).parent / "philly_readme.template").read_text(encoding="utf-8"))
    all_work = sum(job.work for job in jobs if job.submitted.date() == options.day)
    work = sum(job.work for _, job in chosen)
    sizes = {size: [row for row in machines(options.gpus) if row[0] == size] for size in ISLAND}
    return template.substitute(
        day=options.day,
        now=f"{options.day + dt.timedelta(days=1)}T00:00:00Z",
        runs=len(chosen),
        submitted=sum(job.submitted.date() == options.day for job in jobs),
        run_gpus=sum(job.gpus for _, job in chosen),
        share=f"{100 * work // all_work} %",
        teams=len(teams),
        busy=len({job.team for _, job in chosen}),
        allowed=sum(team.concurrency for team in teams) + DIVISIONS * RESERVE,
        eights=sum(row[2] for row in sizes[8]),
        twos=sum(row[2] for row in sizes[2]),
        eight_islands=len(sizes[8]),
        two_islands=len(sizes[2]),
        gpus=sum(size * count for size, _, count in machines(options.gpus)),
    )


def repository(jobs: Sequence[Job], options: argparse.Namespace) -> dict[str, str]:
    """Path to text of every file of the example."""
    teams, chosen = teams_of(jobs), choose(jobs, options.day, options.runs)
    divisions = range(1, DIVISIONS + 1)
    return {
        "README.md": readme(jobs, chosen, teams, options),
        "fleet.yaml": fleet_yaml(teams, options.day),
        "topology.yaml": topology_yaml(options.gpus),
        **{f"budgets/{team.namespace}.yaml": team_budget_yaml(team, options.day) for team in teams},
        **{f"budgets/division-{n}.yaml": division_budget_yaml(n, teams, options.day) for n in divisions},
        **run_files(chosen, teams),
    }


def write(out: Path, files: Mapping[str, str]) -> None:
    """Runs of an earlier call are removed first, so that the folder holds this day and no other."""
    for stale in sorted((*out.glob("runs/*.yaml"), *out.glob("budgets/*.yaml"))):
        stale.unlink()
    for path, text in sorted(files.items()):
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the trace, write the repository; exit code 1 when the day has no jobs."""
    parser = argparse.ArgumentParser(description="Make a fleet repository from one day of the Philly trace.")
    parser.add_argument("csv", type=Path, help="the trace: timestamp, duration, num_gpus, gpu_time, cluster")
    parser.add_argument("--day", type=dt.date.fromisoformat, required=True, help="e.g. 2017-10-20")
    parser.add_argument("--out", type=Path, required=True, help="folder of the fleet repository")
    parser.add_argument("--runs", type=int, default=300, help="how many of the day's jobs, by GPU-hours")
    parser.add_argument("--gpus", type=int, default=2490, help="GPUs of the whole fleet")
    options = parser.parse_args(arguments)
    jobs = read_jobs(options.csv)
    if not any(job.submitted.date() == options.day for job in jobs):
        sys.exit(f"no job was submitted on {options.day}")
    write(options.out, repository(jobs, options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
