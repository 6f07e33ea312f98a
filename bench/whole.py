"""A whole compile of a made-up week, watched: the seconds of each step, the gap of the plan, the memory at the peak."""

import argparse
import json
import resource
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from week import Json, Week

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.collector import collect_rarely
from jobtree.adapters.processes import Processes
from jobtree.base.instant import Instant
from jobtree.cli.progress import Watch
from jobtree.load.source import Source
from jobtree.model.plan import Plan
from jobtree.pipeline import CompileRequest, compile_fleet

PER_FILE = 1_000
WEEK = {"runs": 1_000, "gpus": 10_000, "envelopes": 200, "days": 7, "load": 13, "seed": 1, "split": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a compile came to. ``timings`` are (step, or stage with an indent; seconds)."""

    plan: Plan
    tree: dict[str, bytes]
    timings: tuple[tuple[str, float], ...]

    @property
    def seconds(self) -> float:
        """Of the whole compile."""
        return self.timings[-1][1]

    @property
    def gap(self) -> float:
        """(wait - bound) / wait of the wait level, in percent."""
        wait = next(level for level in self.plan.proof.levels if level.name == "wait")
        return 100 * (wait.value - (wait.bound or 0)) / max(1, wait.value)

    @property
    def decided(self) -> dict[str, int]:
        """How many runs have each kind of decision."""
        return dict(sorted(Counter(type(entry.decision).__name__ for entry in self.plan.runs).items()))


def parser_of_weeks(description: str) -> argparse.ArgumentParser:
    """Options for the size of the week, and how many processes may plan it."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in WEEK.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--workers", type=int, default=0, help="processes; 0 for one for each processor")
    return parser


def week_of(options: argparse.Namespace) -> Week:
    """The week that the command line asks for."""
    return Week(**{name: getattr(options, name) for name in WEEK})


def sources_of(documents: Iterable[Json]) -> list[Source]:
    """Files of a thousand documents each. JSON is YAML, and is read as such."""
    texts = [json.dumps(one) + "\n" for one in documents]
    return [
        Source(f"more-{at}.yaml" if at else "fleet.yaml", "---\n".join(texts[at : at + PER_FILE]).encode())
        for at in range(0, len(texts), PER_FILE)
    ]


def whole(sources: Sequence[Source], *, as_of: Instant, previous: Sequence[Source] = (), workers: int = 0) -> Outcome:
    """Compiles as the command does; exits if it is refused."""
    collect_rarely()
    watch = Watch()
    request = CompileRequest(sources=sources, previous=previous, as_of=as_of)
    result = compile_fleet(request, Cbc(), watch, Processes(workers))
    if result.plan is None or result.tree is None:
        raise SystemExit(f"refused: {[*result.diagnostics, *result.violations][:3]}")
    return Outcome(plan=result.plan, tree=dict(result.tree), timings=tuple(watch.timings()))


def peak() -> int:
    """MiB of the largest process so far, this one or one that it began."""
    sizes = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return max(sizes) // 1024
