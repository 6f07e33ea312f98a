"""Solvers that are wrong, each in one way."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.highs import CHILD, Highs
from jobtree.milp.problem import Problem, Relation, Row
from jobtree.milp.solution import Optimal, Outcome
from jobtree.milp.solver import Limits

Label = TypeVar("Label")

REAL = Cbc().path
LOOSE = """/^BOUNDS/ { rhs = 0 } { print (rhs && $3 > 1) ? "    " $1 "  " $2 "  " 1000 * $3 : $0 } /^RHS/ { rhs = 1 }"""
"""A model with a thousand times the room."""
HONEST = f'"{REAL}" "$@"'
CBC = {
    "killed": ("kill -9 $$", "killed by signal 9"),
    "killed while writing": (f"{HONEST}; part 2; kill -9 $$", "killed by signal 9"),
    "gives up": (f"{HONEST}; exit 3", "exit code 3"),
    "cut short": (f"{HONEST}; part 2", "not all of one"),
    "cut short to a word": (f"{HONEST}; part 1000", "not all of one"),
    "cut short after a line": (f"{HONEST}; lines 120", "columns are missing"),
    "cut short after the first line": (f"{HONEST}; lines 1", "116 columns are missing"),
    "empty answer": (': > "$answer"', "cannot be read"),
    "no answer": ("exit 0", "FileNotFoundError"),
    "garbage": (f'head -c 4096 "{REAL}" > "$answer"', "cannot be read"),
    "garbage that begins well": (f'{HONEST}; head -c 4096 "{REAL}" >> "$answer"', "cannot be read"),
    "text": ('echo "Optimal solution found, have a nice day" > "$answer"', "no solution file"),
    "fractional": (f"{HONEST}; each '$2 ~ /^X/ && $3 == 1 {{ $3 = 0.5 }} {{ print }}'", "fractional"),
    "infeasible": (f"""awk '{LOOSE}' "$1" > "$1.loose"; {HONEST.replace("$@", "$1.loose")} "${{@:2}}" """, "breaks"),
    "another objective": (
        f"{HONEST}; each 'NR == 1 {{ $NF = \"0.00000000\" }} {{ print }}'",
        "claims an objective of 0",
    ),
}
"""What a binary in place of CBC does, and what is said of it, by what is wrong."""
PRELUDE = """#!/usr/bin/env bash
if [ "$1" = -exit ]; then exec "{real}" -exit; fi
echo called >> "{calls}"
for answer; do :; done
put() {{ cat > "$answer.part"; mv "$answer.part" "$answer"; }}
part() {{ head -c $(($(wc -c < "$answer") / $1)) "$answer" | put; }}
lines() {{ head -n "$1" "$answer" | put; }}
each() {{ awk "$1" "$answer" | put; }}
"""


def binary(folder: Path, script: str) -> tuple[Cbc, Callable[[], int]]:
    """CBC replaced by a script, and how often it has been called to solve."""
    calls, path = folder / "calls", folder / "cbc"
    calls.touch()
    path.write_text(f"{PRELUDE.format(real=REAL, calls=calls)}{script}\n")
    path.chmod(0o755)
    return Cbc(path=str(path)), lambda: len(calls.read_text().splitlines())


HIGHS = {
    "killed": ("os.kill(os.getpid(), 9)", "killed by signal 9"),
    "killed while writing": ("out.write(half); out.flush(); os.kill(os.getpid(), 9)", "killed by signal 9"),
    "crashed": ("os.kill(os.getpid(), 11)", "killed by signal 11"),
    "out of memory": ("raise MemoryError", "exit code 1"),
    "cut short": ("out.write(half)", "cannot be read"),
    "empty answer": ("pass", "cannot be read"),
    "garbage": ("out.write(bytes(range(256)) * 16)", "cannot be read"),
    "fractional": ("out.write(real.replace(b'1.0', b'0.5'))", "fractional"),
    "infeasible": ("say(values=[1.0] * len(asked['columns']))", "breaks"),
    "another objective": ("say(objective=0)", "claims an objective of 0"),
    "another problem": ("say(values=[1.0])", "1 values for 116 columns"),
    "unknown end": ("say(status='Unbounded')", "ended with 'Unbounded'"),
}
"""What a child in place of HiGHS does with the real answer, and what is said of it, by what is wrong."""
CHILD_OF_CHILD = """
import json, os, subprocess, sys
given = sys.stdin.buffer.read()
asked, out = json.loads(given), sys.stdout.buffer
open({calls!r}, "a").write("called\\n")
real = subprocess.run({command!r}, input=given, capture_output=True, check=True).stdout
half = real[: len(real) // 2]
def say(**changes): out.write(json.dumps(json.loads(real) | changes).encode())
{script}
"""


def child(folder: Path, script: str) -> tuple[Highs, Callable[[], int]]:
    """HiGHS replaced by a program that knows the real answer, and how often it has been called."""
    calls = folder / "calls"
    calls.touch()
    program = CHILD_OF_CHILD.format(calls=str(calls), command=CHILD, script=script)
    return Highs(command=(sys.executable, "-c", program)), lambda: len(calls.read_text().splitlines())


@dataclass(frozen=True)
class Liar:
    """CBC, but for its first answers, which ``lies`` make of the problem. ``said`` are all answers."""

    lies: Sequence[Callable[[Problem[object]], Outcome]]
    name: str = "liar"
    version: str = "1"
    said: list[Outcome] = field(default_factory=list)

    def solve(self, problem: Problem[object], limits: Limits) -> Outcome:
        number = len(self.said)
        self.said.append(self.lies[number](problem) if number < len(self.lies) else Cbc().solve(problem, limits))
        return self.said[-1]


def at_least(objective: int, problem: Problem[Label]) -> Optimal:
    """A feasible point, called the best, that is not: the best of those of at least this objective."""
    floor: Row[Label] = Row(
        label=problem.rows[0].label, terms=problem.objective, relation=Relation.AT_LEAST, limit=objective
    )
    outcome = Cbc().solve(replace(problem, rows=(*problem.rows, floor)), Limits(nodes=10_000))
    assert isinstance(outcome, Optimal)
    assert problem.faults(outcome.values) == ()
    return outcome
