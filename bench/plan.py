"""How long a whole compile takes and how good its plan is, on a made-up fleet of any size.

    python bench/plan.py [--runs 1000] [--gpus 10000] [--envelopes 200] [--days 7] [--load 13] [--seed 1] [--split 1]
        [--workers 0] [--json]

Prints decisions, the gap of the wait level, the seconds of each step and the peak memory. The fleet is that of
``week.py``; no file is read or written.
"""

import json

from week import NOW
from whole import parser_of_weeks, peak, sources_of, week_of, whole

from jobtree.base.instant import parse_instant


def main() -> None:
    """Compiles one fleet and prints what came of it."""
    parser = parser_of_weeks(str(__doc__))
    parser.add_argument("--json", action="store_true", help="as one object: gap, MiB, timings in seconds")
    options = parser.parse_args()
    found = whole(sources_of(week_of(options).documents()), as_of=parse_instant(NOW), workers=options.workers)
    if options.json:
        print(json.dumps({"gap": found.gap, "MiB": peak(), "timings": dict(found.timings)}))
        return
    status = found.plan.proof.status
    print(f"{options.runs} runs, {options.gpus} GPUs: {found.decided}, {status}, gap {found.gap:.2f} %")
    for step, seconds in found.timings:
        print(f"{seconds:8.2f} s  {step}")
    print(f"{peak():8.0f} MiB in a process at the peak")


if __name__ == "__main__":
    main()
