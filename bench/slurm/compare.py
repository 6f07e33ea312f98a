"""jobtree beside Slurm on one frozen trace: ``python bench/slurm/compare.py --trace gangs``.

Slurm's controller runs on loopback without nodes, plans the trace once, and is stopped. See the README beside this.
"""

import argparse
import datetime as dt
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from controller import INSTALL, missing
from planners import Setting, by_jobtree, by_slurm
from quality import table
from traces import Trace, gangs, philly

SETTINGS = {"gangs": (Setting(), Setting(pace=2)), "philly": (Setting(), Setting(split=True))}


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trace", choices=("gangs", "philly"), default="gangs")
    parser.add_argument("--runs", type=int, help="jobs to keep; 2000 gangs, or all of a Philly day")
    parser.add_argument("--nodes", type=int, help="nodes of 8 GPUs; 1024 for gangs, 80 for Philly")
    parser.add_argument("--csv", type=Path, help="the Philly trace, see bench/README.md")
    parser.add_argument("--day", type=dt.date.fromisoformat, default=dt.date(2017, 10, 20))
    parser.add_argument("--repeat", type=int, default=1, help="how often Slurm plans, each time from nothing")
    parser.add_argument("--workers", type=int, default=0, help="jobtree's processes; 0 for one for each processor")
    parser.add_argument("--install", action="store_true", help=f"as root: {' '.join(INSTALL)}")
    options = parser.parse_args(arguments)
    if options.trace == "philly" and options.csv is None:
        parser.error("--trace philly needs --csv")
    return options


def trace_of(options: argparse.Namespace) -> Trace:
    """The trace that was asked for."""
    if options.trace == "gangs":
        return gangs(options.runs or 2_000, options.nodes or 1_024)
    return philly(options.csv, options.day, options.runs or sys.maxsize, options.nodes or 80)


def main() -> None:
    """Plans three ways and prints a table."""
    options = options_of()
    if options.install:
        subprocess.run(INSTALL, check=True)
    if missing():
        raise SystemExit(f"{', '.join(missing())} not found; as root: {' '.join(INSTALL)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the daemons are stopped then too
    trace = trace_of(options)
    print(f"{trace.title}\n", flush=True)
    settings = [setting for setting in SETTINGS[options.trace] for _ in range(options.repeat)]
    plans = [*(by_slurm(trace, setting) for setting in settings), *by_jobtree(trace, options.workers)]
    print("\n".join(table(trace.jobs, plans)))
    for setting in SETTINGS[options.trace]:
        print(f"\nSchedulerParameters={setting.scheduler(trace)}{setting.told()}")


if __name__ == "__main__":
    main()
