"""GPUs in the notations of Slurm: TRES, gres, counts and times. All raise ValueError with a sentence for the user."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from jobtree.migrate.slurm.hostlist import split

MOST = 1_000_000_000_000
"""No count is larger: GPU-minutes of a million GPUs for a year are half of it."""
LONGEST = 200
"""Characters of one item."""
_GPU = re.compile(r"gres/gpu(?::([^=,:]+))?", re.ASCII)
_TYPE = r"[^:=,()]*[^:=,()0-9][^:=,()]*|[0-9]+(?=[:=][0-9])"
"""A type may look like a count, as that of ``gpu:3090:8``, if a count follows it."""
_GRES = re.compile(rf"(?:gres[:/])?gpu(?:[:/]({_TYPE}))?(?:[:=]([0-9]{{1,9}}))?(?:\(.*\))?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,6})-)?(\d{1,9})(?::(\d{1,6}))?(?::(\d{1,6}))?", re.ASCII)
_ENDLESS = frozenset(["UNLIMITED", "INFINITE", "PARTITION_LIMIT", "NOT_SET", "-1", ""])
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuCount:
    """GPUs (or GPU-minutes) of any type, and of some types; None is no bound."""

    total: int | None = None
    typed: Mapping[str, int] = field(default_factory=dict)

    @property
    def says_something(self) -> bool:
        """Whether there is any number at all."""
        return self.total is not None or bool(self.typed)

    def times(self, number: int) -> "GpuCount":
        """So many of it."""
        total = None if self.total is None else self.total * number
        return GpuCount(total=total, typed={kind: count * number for kind, count in self.typed.items()})


def parse_tres(text: str) -> GpuCount:
    """The GPUs of ``cpu=32,gres/gpu:h100=32,gres/gpu=32``; what is no GPU is passed over, -1 is no bound."""
    total: int | None = None
    typed: dict[str, int] = {}
    for item in filter(None, text.split(",")):
        name, equals, amount = item.partition("=")
        match = _GPU.fullmatch(name)
        if match is None:
            continue
        if amount == "-1":
            continue
        if not equals or not re.fullmatch(r"[0-9]{1,18}", amount, re.ASCII) or int(amount) > MOST:
            raise ValueError(f"{item!r} has no count of GPUs that is a whole number")
        if match[1] is None:
            total = int(amount)
        else:
            typed[match[1]] = int(amount)
    return GpuCount(total=total, typed=typed)


def parse_gres(text: str) -> GpuCount:
    """The GPUs of ``gpu:h100:8(S:0-1),gpu:2``, ``gres:gpu:4``, ``gres/gpu:h100=8``; without a count it is 1."""
    total: int | None = None
    typed: dict[str, int] = {}
    for item in split(text, "()"):
        if not re.match(r"(?:gres[:/])?gpu(?![A-Za-z_])", item):
            continue
        match = _GRES.fullmatch(item) if len(item) <= LONGEST else None
        if match is None:
            raise ValueError(f"{item[:LONGEST]!r} is not like gpu:h100:8")
        amount = int(match[2] or 1)
        if match[1]:
            typed[match[1]] = typed.get(match[1], 0) + amount
        else:
            total = (total or 0) + amount
    return GpuCount(total=total, typed=typed)


def parse_gpus(text: str) -> GpuCount:
    """The GPUs of ``--gpus``, ``--gpus-per-node`` and ``--gpus-per-task``: ``8``, ``h100:8``, ``h100:4,a100:4``."""
    return parse_gres(",".join(f"gpu:{item}" for item in text.split(",") if item))


def parse_clock(text: str) -> int | None:
    """Seconds of ``2-12:00:00``, ``2-12``, ``12:00:00``, ``30:00`` or ``30`` (minutes); None if there is no limit."""
    if text.upper() in _ENDLESS:
        return None
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time like 2-12:00:00, 12:00:00 or 30")
    days, numbers = match[1], [int(number) for number in match.groups()[1:] if number is not None]
    if days is not None:
        hours, minutes, seconds = (*numbers, 0, 0)[:3]
    elif len(numbers) == 3:
        hours, minutes, seconds = numbers
    else:
        hours, (minutes, seconds) = 0, (*numbers, 0)[:2]
    return int(days or 0) * DAY + hours * HOUR + minutes * MINUTE + seconds
