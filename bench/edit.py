"""How long it takes to compile a fleet again after one budget was edited, beside compiling it the first time.

    python bench/edit.py [--flavor H100-80GB] [--runs 1000] [--gpus 10000] [--envelopes 200] [--days 7] ...

The fleet is that of ``week.py``, compiled as of the same instant: first without a lock, then on top of its own output
with 8 GPUs more in the first envelope of the flavor. Prints both, their ratio, and how many runs were left as they
were decided. No file is read or written.
"""

from collections.abc import Sequence

from week import ISLANDS, NOW, Json
from whole import Outcome, parser_of_weeks, sources_of, week_of, whole

from jobtree.base.instant import parse_instant
from jobtree.load.source import Source

FLAVORS = sorted({island.flavor for island in ISLANDS})


def main() -> None:
    """Compiles a fleet, edits it, and compiles it again."""
    parser = parser_of_weeks(str(__doc__))
    parser.add_argument("--flavor", default="H100-80GB", choices=FLAVORS, help="whose envelope is edited")
    options = parser.parse_args()
    documents, as_of = list(week_of(options).documents()), parse_instant(NOW)
    first = whole(sources_of(documents), as_of=as_of, workers=options.workers)
    told("without a lock", first)
    raise_one_budget(documents, options.flavor)
    previous = [Source(path, data) for path, data in first.tree.items()]
    second = whole(sources_of(documents), as_of=as_of, previous=previous, workers=options.workers)
    told("one budget edited", second)
    kept = dict(second.plan.proof.limits)["kept"]
    print(f"{second.seconds / first.seconds:.2f} of the time, {kept} of {len(second.plan.runs)} runs left alone")


def raise_one_budget(documents: Sequence[Json], flavor: str) -> None:
    """8 GPUs more in the first envelope of a flavor."""
    envelopes = (one for document in documents for one in document["spec"].get("envelopes", ()))
    first = next(envelope for envelope in envelopes if envelope["flavor"] == flavor)
    first["concurrency"] += 8


def told(what: str, outcome: Outcome) -> None:
    """Prints one compile: its gap, and the seconds of its steps."""
    print(f"{what}: gap {outcome.gap:.2f} %")
    for step, seconds in outcome.timings:
        print(f"{seconds:8.2f} s  {step}")


if __name__ == "__main__":
    main()
