"""The ``#SBATCH`` lines of a batch script, as options and values with their places."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic, Location
from jobtree.migrate.slurm.records import lines, unreadable

SHORT = {
    "-A": "account", "-a": "array", "-b": "begin", "-C": "constraint", "-c": "cpus-per-task", "-D": "chdir",
    "-d": "dependency", "-e": "error", "-F": "nodefile", "-G": "gpus", "-H": "hold", "-i": "input", "-J": "job-name",
    "-k": "no-kill", "-L": "licenses", "-M": "clusters", "-m": "distribution", "-N": "nodes", "-n": "ntasks",
    "-O": "overcommit", "-o": "output", "-p": "partition", "-q": "qos", "-S": "core-spec", "-s": "oversubscribe",
    "-t": "time", "-w": "nodelist", "-W": "wait", "-x": "exclude",
}  # fmt: skip
FLAGS = frozenset(
    [
        "contiguous", "exclusive", "hold", "ignore-pbs", "no-kill", "no-requeue", "overcommit", "oversubscribe",
        "parsable", "quiet", "requeue", "spread-job", "test-only", "use-min-nodes", "verbose", "wait",
    ]
)  # fmt: skip
"""Options that need no value."""
_MARK = "#SBATCH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option by its long name; a flag has the value ''."""

    name: str
    value: str
    location: Location


def read_options(path: str, text: str) -> tuple[Mapping[str, Option], list[Diagnostic]]:
    """Options up to the first command; where one stands twice, the last counts, as in Slurm. Code: JT742."""
    found: dict[str, Option] = {}
    findings: list[Diagnostic] = []
    for number, line in lines(text):
        if line.strip() and not line.startswith("#"):
            break  # sbatch reads no further either
        if not line.startswith(_MARK) or not line[len(_MARK) :][:1].isspace():
            continue
        where = Location(path, number, len(_MARK) + 2)
        try:
            words = shlex.split(line[len(_MARK) :], comments=True)
        except ValueError as fault:
            findings.append(unreadable(where, f"{fault}"))
            continue
        if words in (["hetjob"], ["packjob"]):
            found["hetjob"] = Option(name="hetjob", value="", location=where)
            break  # what follows are the options of another component
        for name, value, good in _options(words):
            if good:
                found[name] = Option(name=name, value=value, location=where)
            else:
                findings.append(unreadable(where, f"{name!r} is no option"))
    return found, findings


def _options(words: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """Name, value, and whether it is an option at all."""
    queue = list(reversed(words))
    while queue:
        word = queue.pop()
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word[2:].partition("=")
        elif word[:2] in SHORT:
            name, value = SHORT[word[:2]], word[2:].removeprefix("=")
            equals = value
        else:
            yield word, "", False
            continue
        if not equals and name not in FLAGS and queue and not queue[-1].startswith("-"):
            value = queue.pop()
        yield name, value, True
