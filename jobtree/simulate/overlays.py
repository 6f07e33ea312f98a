"""What if: a change of the fleet in one line, as a value (docs/simulator.md). Code: JT193.

topology: +64 H100-80GB in domain C
topology: -8 H100-80GB in domain west/gpu-a/C
budget ns/name/envelope: concurrency +32
budget ns/name/envelope: maxGPUHours = 128
run ns/name: totalGPUs = 96
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.identity import EnvelopeKey, Key
from jobtree.load.shape import suggestion

_TOKEN = re.compile(r"\s*([+=-]|[^\s+=-][^\s=+]*)")
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
FORMS = (
    "topology: +64 FLAVOR in domain D",
    "topology: -8 FLAVOR in domain D",
    "budget ns/name/envelope: concurrency +32",
    "budget ns/name/envelope: maxGPUHours = 128",
    "run ns/name: totalGPUs = 96",
)


class Sign(StrEnum):
    """More, less, or exactly so much."""

    MORE = "+"
    LESS = "-"
    EXACTLY = "="


class Limit(StrEnum):
    """What an envelope limits."""

    CONCURRENCY = "concurrency"
    HOURS = "maxGPUHours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A sign and a number."""

    sign: Sign
    number: int

    def of(self, before: int) -> int:
        """What becomes of a number; less than nothing is possible, and for the caller to refuse."""
        match self.sign:
            case Sign.MORE:
                return before + self.number
            case Sign.LESS:
                return before - self.number
            case Sign.EXACTLY:
                return self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """GPUs of a flavor more or less in a domain, by its fabric or by its whole name."""

    change: Change
    flavor: str
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetChange:
    """A limit of an envelope."""

    envelope: EnvelopeKey
    limit: Limit
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """Another size of a run."""

    run: Key
    total_gpus: int


Overlay = Topology | BudgetChange | RunChange


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    column: int


class _MisfitError(ValueError):
    def __init__(self, expected: str, column: int, help: str | None = None) -> None:
        super().__init__(expected)
        self.expected, self.column, self.help = expected, column, help


def parse_overlay(text: str) -> Overlay | Diagnostic:
    """The overlay, or JT193 with a caret where it cannot be read on."""
    head, colon, _ = text.partition(":")
    try:
        if not colon:
            raise _MisfitError("a colon after topology, budget or run", len(text))
        return _read(_Words(text, 0, len(head)), _Words(text, len(head) + 1, len(text)))
    except _MisfitError as fault:
        notes = (text, " " * fault.column + "^")
        told = f"an overlay cannot be read: expected {fault.expected}"
        return error("JT193", told, notes=notes, help=fault.help or f"such as: {FORMS[0]}")


class _Words:
    """Words of a part of the text, taken one by one."""

    def __init__(self, text: str, start: int, end: int) -> None:
        found = _TOKEN.finditer(text, start, end)
        self._words = [_Word(match[1], match.start(1)) for match in found]
        self._end = end

    def take(self, expected: str) -> _Word:
        """The next word."""
        if not self._words:
            raise _MisfitError(expected, self._end)
        return self._words.pop(0)

    def literal(self, *known: str) -> str:
        """The next word, one of these."""
        wanted = " or ".join(known)
        word = self.take(wanted)
        if word.text not in known:
            raise _MisfitError(wanted, word.column, suggestion(word.text, known))
        return word.text

    def number(self) -> int:
        """The next word as a whole number."""
        word = self.take("a whole number")
        if not _NUMBER.fullmatch(word.text):
            raise _MisfitError("a whole number", word.column)
        return int(word.text)

    def name(self, parts: int, expected: str) -> list[str]:
        """The next word as a name of so many parts."""
        word = self.take(expected)
        found = word.text.split("/")
        if len(found) != parts or not all(found):
            raise _MisfitError(expected, word.column)
        return found

    def end(self) -> None:
        """There is nothing more."""
        if self._words:
            raise _MisfitError("nothing more", self._words[0].column)


def _read(head: _Words, body: _Words) -> Overlay:
    match head.literal("topology", "budget", "run"):
        case "topology":
            head.end()
            return _topology(body)
        case "budget":
            key = EnvelopeKey(*head.name(3, "namespace/budget/envelope"))
            head.end()
            return _budget(key, body)
        case _:
            run = Key(*head.name(2, "namespace/run"))
            head.end()
            body.literal("totalGPUs")
            body.literal("=")
            total = body.number()
            body.end()
            return RunChange(run=run, total_gpus=total)


def _topology(body: _Words) -> Topology:
    change = Change(sign=Sign(body.literal("+", "-")), number=body.number())
    flavor = body.take("a flavor").text
    body.literal("in")
    body.literal("domain")
    domain = body.take("a domain").text
    body.end()
    return Topology(change=change, flavor=flavor, domain=domain)


def _budget(key: EnvelopeKey, body: _Words) -> BudgetChange:
    limit = Limit(body.literal(*Limit))
    change = Change(sign=Sign(body.literal("+", "-", "=")), number=body.number())
    body.end()
    return BudgetChange(envelope=key, limit=limit, change=change)
