"""How long a whole compile takes and how good its plan is, on a made-up fleet of any size.

    python bench/plan.py [--runs 300] [--gpus 2000] [--teams 12] [--seed 1]

Everything is drawn from SHA-256 of the seed, so equal arguments give equal fleets. Prints decisions, the gap of the
wait level, the seconds of each step and the peak memory. No file is read or written.
"""

import argparse
import hashlib
import json
import resource
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from jobtree.adapters.cbc import Cbc
from jobtree.base.instant import parse_instant
from jobtree.load.source import Source
from jobtree.pipeline import CompileRequest, compile_fleet

NOW = "2026-03-02T09:00:00Z"
FLAVOR = "H100-80GB"
SIZES = (1, 1, 2, 4, 8, 8, 8, 16, 16, 32, 32, 64, 128)
HOURS = (1, 2, 4, 8, 12, 24, 48, 96)
ISLAND = 256


class Dice:
    """A sequence that depends on the seed alone."""

    def __init__(self, seed: int) -> None:
        self.seed, self.drawn = seed, 0

    def choose(self, options: Sequence[Any]) -> Any:
        """One of the options."""
        self.drawn += 1
        digest = hashlib.sha256(f"{self.seed}/{self.drawn}".encode()).digest()
        return options[int.from_bytes(digest[:8]) % len(options)]


def document(kind: str, name: str, spec: dict[str, Any], **metadata: str) -> dict[str, Any]:
    """One document of ours."""
    return {
        "apiVersion": "rq.davidlangworthy.io/v1",
        "kind": kind,
        "metadata": {"name": name, **metadata},
        "spec": spec,
    }


def fleet(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Islands of 256 GPUs, a family of teams with half a fleet too much budget between them, and their runs."""
    dice, teams = Dice(options.seed), [f"team-{number:02d}" for number in range(options.teams)]
    owners = [{"name": "org:all"}, *({"name": f"org:all:{team}", "namespaces": [team]} for team in teams)]
    yield document("Fleet", "bench", {"owners": owners})
    for number in range(-(-options.gpus // ISLAND)):
        nodes = min(ISLAND, options.gpus - number * ISLAND) // 8
        labels = {"region": "west", "cluster": "main", "fabric.domain": f"f{number:03d}", "gpu.flavor": FLAVOR}
        yield document("NodePool", f"f{number:03d}", {"count": nodes, "gpusPerNode": 8, "labels": labels})
    for team in teams:
        each = dice.choose((2, 3, 4)) * options.gpus // (2 * options.teams)
        envelope = {"name": "all", "flavor": FLAVOR, "selector": {"region": "west"}, "concurrency": each}
        spec = {"owner": f"org:all:{team}", "parents": ["org:all"], "envelopes": [envelope]}
        yield document("Budget", team, spec, namespace=team)
    for number in range(options.runs):
        yield run(dice, dice.choose(teams), number)


def run(dice: Dice, team: str, number: int) -> dict[str, Any]:
    """A third of the larger runs are elastic, a third have groups of 16 GPUs with a spare."""
    gpus = dice.choose(SIZES)
    spec: dict[str, Any] = {
        "owner": f"org:all:{team}",
        "resources": {"gpuType": FLAVOR, "totalGPUs": gpus, "gpusPerPod": min(gpus, 8)},
        "runtime": {"duration": f"{dice.choose(HOURS)}h"},
    }
    shape = dice.choose(("fixed", "elastic", "grouped"))
    if gpus >= 16 and shape == "elastic":
        spec["malleable"] = {"minTotalGPUs": gpus // 2, "maxTotalGPUs": gpus, "stepGPUs": gpus // 2}
    if gpus >= 16 and shape == "grouped":
        spec |= {"locality": {"groupGPUs": 16}, "spares": 1}
    created = f"2026-03-02T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
    return document("Run", f"run-{number:05d}", spec, namespace=team, creationTimestamp=created)


class Stopwatch:
    """Called when a step begins; keeps how long each took."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []

    def __call__(self, step: str) -> None:
        """A step begins."""
        self.steps.append((step, time.perf_counter()))

    def seconds(self) -> Iterator[tuple[str, float]]:
        """Each step and its seconds."""
        ends = [*(at for _, at in self.steps[1:]), time.perf_counter()]
        yield from ((step, end - at) for (step, at), end in zip(self.steps, ends, strict=True))


def main() -> None:
    """Compiles one fleet and prints what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("runs", 300), ("gpus", 2_000), ("teams", 12), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    text = "---\n".join(json.dumps(one) + "\n" for one in fleet(options))
    watch = Stopwatch()
    request = CompileRequest(sources=[Source("fleet.yaml", text.encode())], as_of=parse_instant(NOW))
    result = compile_fleet(request, Cbc(), watch)
    if result.plan is None or result.tree is None:
        raise SystemExit(f"refused: {[*result.diagnostics, *result.violations][:3]}")
    decided = Counter(type(entry.decision).__name__ for entry in result.plan.runs)
    wait = next(level for level in result.plan.proof.levels if level.name == "wait")
    gap = 100 * (wait.value - (wait.bound or 0)) / max(1, wait.value)
    print(f"{options.runs} runs, {options.gpus} GPUs: {dict(sorted(decided.items()))}, gap {gap:.2f} %")
    for step, seconds in watch.seconds():
        print(f"{seconds:8.2f} s  {step}")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MiB at the peak")


if __name__ == "__main__":
    main()
