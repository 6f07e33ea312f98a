"""Named values of one object, and the two forms in which ``scontrol`` prints them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic, Location, error

_KEY = re.compile(r"(?:^|(?<=\s))([A-Za-z][A-Za-z0-9_:/\[\]]*)=")
_SETTING = re.compile(r"([A-Za-z][A-Za-z0-9_]*(?:\[[0-9]+\])?)\s+=(?: (.*))?")
_NOTHING = frozenset(["", "(null)", "N/A", "n/a", "None", "NONE"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One object as Slurm printed it: keys as printed, values as text, and where it begins."""

    location: Location
    values: Mapping[str, str]

    def get(self, *names: str) -> str:
        """The first value there is under these names, without the words that Slurm prints for nothing; else ''."""
        for name in names:
            value = self.values.get(name, "")
            if value not in _NOTHING:
                return value
        return ""


Read = tuple[list[Record], list[Diagnostic]]


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines without their ends."""
    for number, line in enumerate(text.split("\n"), 1):
        yield number, line.rstrip("\r")


def read_records(path: str, text: str, first: str) -> Read:
    """``Key=Value`` records, one object on a line or on several; ``first`` is the key that begins an object (JT742).

    A value reaches to the next key. Where a key stands twice, the first counts: comments of users come last.
    """
    records: list[Record] = []
    findings: list[Diagnostic] = []
    values: dict[str, str] = {}
    for number, line in lines(text):
        if not line.strip():
            continue
        found = list(_KEY.finditer(line))
        if found and found[0][1] == first and found[0].start() == 0:
            values = {}
            records.append(Record(location=Location(path, number), values=values))
        if not found or not records or line[: found[0].start()].strip():
            column = len(line) - len(line.lstrip()) + 1
            findings.append(unreadable(Location(path, number, column), "it has no Key=Value"))
            continue
        ends = [*(match.start() for match in found[1:]), len(line)]
        for match, end in zip(found, ends, strict=True):
            values.setdefault(match[1], line[match.end() : end].strip())
    return records, findings


def read_settings(path: str, text: str) -> Record:
    """``scontrol show config``: one record of all ``Key = Value`` lines."""
    values: dict[str, str] = {}
    for _, line in lines(text):
        match = _SETTING.fullmatch(line)
        if match is not None:
            values.setdefault(match[1], (match[2] or "").strip())
    return Record(location=Location(path), values=values)


def unreadable(where: Location, why: str) -> Diagnostic:
    """JT742."""
    hint = "record it again, and do not edit what Slurm prints"
    return error("JT742", "this line is not what Slurm prints", where, notes=(why,), help=hint)
