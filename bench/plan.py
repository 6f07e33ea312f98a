"""How long a whole compile takes and how good its plan is, on a made-up fleet of any size.

    python bench/plan.py [--runs 1000] [--gpus 10000] [--envelopes 200] [--days 7] [--load 13] [--seed 1] [--workers 0]

Prints decisions, the gap of the wait level, the seconds of each step and the peak memory. The fleet is that of
``week.py``; no file is read or written.
"""

import argparse
import json
import resource
import time
from collections import Counter
from collections.abc import Iterator

from week import NOW, Week

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.processes import Processes
from jobtree.base.instant import parse_instant
from jobtree.load.source import Source
from jobtree.pipeline import CompileRequest, compile_fleet

PER_FILE = 1_000


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
    defaults = {"runs": 1_000, "gpus": 10_000, "envelopes": 200, "days": 7, "load": 13, "seed": 1}
    parser.add_argument("--workers", type=int, default=0, help="processes; 0 for one for each processor")
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    texts = [json.dumps(one) + "\n" for one in Week(**{name: getattr(options, name) for name in defaults}).documents()]
    sources = [
        Source(f"more-{at}.yaml" if at else "fleet.yaml", "---\n".join(texts[at : at + PER_FILE]).encode())
        for at in range(0, len(texts), PER_FILE)
    ]
    watch = Stopwatch()
    request = CompileRequest(sources=sources, as_of=parse_instant(NOW))
    result = compile_fleet(request, Cbc(), watch, Processes(options.workers))
    if result.plan is None or result.tree is None:
        raise SystemExit(f"refused: {[*result.diagnostics, *result.violations][:3]}")
    decided = Counter(type(entry.decision).__name__ for entry in result.plan.runs)
    wait = next(level for level in result.plan.proof.levels if level.name == "wait")
    gap = 100 * (wait.value - (wait.bound or 0)) / max(1, wait.value)
    status = result.plan.proof.status
    print(f"{options.runs} runs, {options.gpus} GPUs: {dict(sorted(decided.items()))}, {status}, gap {gap:.2f} %")
    for step, seconds in watch.seconds():
        print(f"{seconds:8.2f} s  {step}")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MiB at the peak")


if __name__ == "__main__":
    main()
