"""How long it takes to compile a fleet again after one budget was edited, beside compiling it the first time.

    python bench/edit.py [--runs 1000] [--gpus 10000] [--envelopes 200] [--days 7] [--load 13] [--seed 1] [--later 0]

The fleet is that of ``week.py``. The first compile has no lock; the second has its output tree, and one envelope with 8
GPUs more; ``--later`` says how many minutes after the first it is. Prints both times, their ratio, and how many runs
were decided as before. No file is read or written.
"""

import argparse
import json
import time
from typing import Any

from week import NOW, Week

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.processes import Processes
from jobtree.base.instant import Instant, parse_instant
from jobtree.load.source import Source
from jobtree.pipeline import CompileRequest, compile_fleet

PER_FILE = 1_000
SIZES = {"runs": 1_000, "gpus": 10_000, "envelopes": 200, "days": 7, "load": 13, "seed": 1}
Json = dict[str, Any]


def main() -> None:
    """Compiles a fleet, edits it, and compiles it again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in SIZES.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--later", type=int, default=0, help="minutes between the two compiles")
    options = parser.parse_args()
    documents = list(Week(**{name: getattr(options, name) for name in SIZES}).documents())
    first = _compile(documents, {}, at=parse_instant(NOW))
    _raise_one_budget(documents)
    assert first.tree is not None
    _compile(documents, first.tree, at=Instant(parse_instant(NOW) + 60 * options.later))


def _raise_one_budget(documents):
    for one in documents:
        if one["kind"] == "Budget" and one["spec"].get("envelopes"):
            one["spec"]["envelopes"][0]["concurrency"] += 8
            return


def _compile(documents, tree, *, at):
    texts = [json.dumps(one) + "\n" for one in documents]
    sources = [
        Source(f"more-{start}.yaml" if start else "fleet.yaml", "---\n".join(texts[start : start + PER_FILE]).encode())
        for start in range(0, len(texts), PER_FILE)
    ]
    previous = [Source(path, data) for path, data in tree.items()]
    begun = time.perf_counter()
    steps = []
    result = compile_fleet(
        CompileRequest(sources=sources, previous=previous, as_of=at),
        Cbc(),
        lambda s: (
            steps.append((s, time.perf_counter())),
            print(f"{time.perf_counter() - begun:7.1f} {s}", flush=True),
        ),
        Processes(0),
    )
    print(f"total {time.perf_counter() - begun:.1f}")
    if result.tree is None:
        raise SystemExit(f"refused: {[*result.diagnostics, *result.violations][:3]}")
    return result


if __name__ == "__main__":
    main()
