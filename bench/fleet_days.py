"""Any number of fleet-days with faults, each from its seed: which of them break an invariant, and how fast they go.

    python bench/fleet_days.py --count 10000 [--first 0] [--way values] [--every 3h]

``--way files`` takes every compile through files and the checker, ``--way both`` compares that with values. Prints each
day that fails with its seed, and what the days held; exit code 1 if one failed.
"""

import argparse
import time
from collections import Counter

import pytest

from jobtree.base.quantity import parse_duration
from jobtree.simulate.violated import ViolatedError
from tests.fleet_days import Way, cheaply, fleet_day, roll


def main() -> int:
    """Rolls one day after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("count", 200), ("first", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--way", type=Way, choices=list(Way), default=Way.VALUES)
    parser.add_argument("--every", type=parse_duration, default="3h")
    options = parser.parse_args()
    held: Counter[str] = Counter()
    failed, before = 0, time.process_time()
    with pytest.MonkeyPatch.context() as patch:
        cheaply(patch)
        for seed in range(options.first, options.first + options.count):
            try:
                done = roll(fleet_day(seed, every=options.every), options.way)
            except ViolatedError as fault:
                failed += 1
                print(f"{seed}: {fault}", flush=True)
                continue
            held.update({f"begun {name}": number for name, number in done.openings})
            held.update({f"closed {name}": number for name, number in done.closures})
            held.update(events=done.events, compiles=done.cycles)
    spent = time.process_time() - before
    print(f"{failed} of {options.count} days failed")
    for name, number in sorted(held.items()):
        print(f"{number:9,}  {name}")
    if spent:
        speed = f"{held['events'] / spent:.0f} events and {held['compiles'] / spent:.1f} compiles a second"
        print(f"{spent:.1f} s of one core: {speed}")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
