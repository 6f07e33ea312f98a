"""How long ``jobtree plan`` takes for one edited budget in a made-up week, on top of the base's lock.

    python bench/review.py [--flavor H100-80GB] [--runs 1000] [--gpus 10000] [--envelopes 200] [--days 7] ...

The fleet and the edit are those of ``edit.py``. Prints the seconds of the comparison, how many runs were pinned by the
lock, how many changed and how; and the bytes of the Markdown comment. No file is read or written.
"""

import time
from collections import Counter

from edit import FLAVORS, raise_one_budget
from week import NOW
from whole import parser_of_weeks, sources_of, week_of, whole

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.processes import Processes
from jobtree.base.instant import parse_instant
from jobtree.cli.progress import Watch
from jobtree.comparing import Question, compare_fleets
from jobtree.load.source import Source
from jobtree.request import CompileRequest
from jobtree.review.markdown import markdown
from jobtree.review.review import Titles
from jobtree.review.words import verdict


def main() -> None:
    """Compiles a fleet, edits it, and compares."""
    parser = parser_of_weeks(str(__doc__))
    parser.add_argument("--flavor", default="H100-80GB", choices=FLAVORS, help="whose envelope is edited")
    options = parser.parse_args()
    documents, as_of = list(week_of(options).documents()), parse_instant(NOW)
    sources = sources_of(documents)
    first = whole(sources, as_of=as_of, workers=options.workers)
    raise_one_budget(documents, options.flavor)
    previous = [Source(path, data) for path, data in first.tree.items()]
    question = Question(
        base=CompileRequest(sources=sources, previous=previous, as_of=as_of),
        head=CompileRequest(sources=sources_of(documents), previous=previous, as_of=as_of),
        solvers=(Cbc(), Cbc()),
        titles=Titles(base="base", head="head", instant=NOW, command="jobtree plan"),
        most_alone=0,
    )
    begun = time.perf_counter()
    review = compare_fleets(question, Watch(), Processes(options.workers)).review
    seconds = time.perf_counter() - begun
    if review is None:
        raise SystemExit("one of the fleets has no plan")
    print(f"{seconds:.1f} s, the first compile {first.seconds:.1f} s; {review.pinned} runs pinned by the lock")
    print(f"{verdict(review.diff)}; within the gap: {review.diff.is_within_gap}")
    print(dict(Counter(effect.value for change in review.diff.runs for effect in change.effects)))
    print(f"{len(markdown(review).encode()):,} bytes of Markdown")


if __name__ == "__main__":
    main()
