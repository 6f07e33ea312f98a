"""What evaluates expressions: a guest that knows CEL and no house rule. It sees the objects, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Wanted(StrEnum):
    """What an expression must come to."""

    TRUTH = "bool"
    TEXT = "string"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One expression over ``object``, put to some of the objects by their numbers."""

    text: str
    wanted: Wanted
    objects: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why an expression cannot be compiled, and at which character of its text, from 1, if that is known."""

    why: str
    at: int | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an evaluation came to nothing: a field that is not there, an overflow, a value of another type."""

    why: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why there is no answer at all: memory or time ran out, or the evaluator is not there."""

    why: str


Value = bool | str | Fault
Answer = tuple[Flaw, ...] | tuple[Value, ...]
"""What is wrong with an expression; or a value for each object that was asked about."""


def nobody(objects: Sequence[Mapping[str, Any]], questions: Sequence[Question]) -> "Stopped":
    """The evaluator of whoever has none: a rule that cannot be judged must not pass unseen."""
    return Stopped(why=f"nobody is here to evaluate {len(questions)} expressions of {len(objects)} objects")


class Evaluator(Protocol):
    """Answers each question, in order; an expression with flaws is answered by them alone.

    Cost: O(sum of the objects of the questions); each evaluation within a bounded number of rounds of its macros, all
    of them within the limits of memory and processor time that the implementation states. Equal questions get equal
    answers.
    """

    def __call__(self, objects: Sequence[Mapping[str, Any]], questions: Sequence[Question]) -> list[Answer] | Stopped:
        """One answer for each question."""
        ...
