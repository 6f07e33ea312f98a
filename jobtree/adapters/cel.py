"""CEL in a process of its own, with limits of memory and time: an expression can exhaust no other (ADR 29)."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtree.adapters.child import run
from jobtree.policy.evaluator import Answer, Fault, Flaw, Question, Stopped, Value

CHILD = (sys.executable, "-P", "-m", "jobtree.adapters.cel_child")
"""``-P``: nothing is imported from the working directory, which is a user's fleet."""
_FLAW = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Cel:
    """An Evaluator: objects, questions and answers are JSON on the child's input and output."""

    command: tuple[str, ...] = CHILD

    def __call__(self, objects: Sequence[Mapping[str, Any]], questions: Sequence[Question]) -> list[Answer] | Stopped:
        """One child for each call. Whatever goes wrong with it is a ``Stopped``."""
        asked = {
            "objects": list(objects),
            "questions": [[one.text, one.wanted.value, list(one.objects)] for one in questions],
        }
        ended = run(self.command, given=json.dumps(asked, separators=(",", ":")).encode(), listen=True)
        fault = ended.fault("the evaluator of expressions")
        if fault is not None:
            return Stopped(why=fault)
        try:
            told = json.loads(ended.output)
            if isinstance(told, str):
                return Stopped(why=told[:_LONGEST])
            answers = [_answer(one) for one in told]
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            return Stopped(why=f"the evaluator's answer cannot be read: {type(error).__name__}")
        return answers if _fits(answers, questions) else Stopped(why="the evaluator left questions without an answer")


def _answer(told: dict[str, Any]) -> Answer:
    if "flaw" in told:
        return _flaws(str(told["flaw"]))
    return tuple(_value(one) for one in told["values"])


def _value(told: Any) -> Value:
    return told if isinstance(told, bool | str) else Fault(str(told[0])[:_LONGEST])


def _flaws(text: str) -> tuple[Flaw, ...]:
    """The library's complaints, each with its place: line and column from 1, -1 for nowhere in particular."""
    found = [(int(column) if line == "1" else None, why) for line, column, why in _FLAW.findall(text)]
    return tuple(
        Flaw(why=why.removesuffix(" [INVALID_ARGUMENT]")[:_LONGEST], at=at)
        for at, why in found or [(None, text.partition("\n")[0])]
    )


def _fits(answers: Sequence[Answer], questions: Sequence[Question]) -> bool:
    return len(answers) == len(questions) and all(
        len(answer) == len(question.objects) or any(isinstance(one, Flaw) for one in answer)
        for answer, question in zip(answers, questions, strict=True)
    )
