"""What runs in the evaluator's own process: the only file that knows cel_expr_python.

    python -m jobtree.adapters.cel_child

Reads objects and questions as JSON and writes a value, or what is wrong, for each of them. The one variable is
``object``; the functions are CEL's own and those of strings. The library bounds the rounds of macros and the depth of
an expression; the kernel bounds memory and time.
"""

import json
import resource
import sys
from typing import Any

from cel_expr_python import cel  # type: ignore[import-untyped]
from cel_expr_python.ext import ext_strings  # type: ignore[import-untyped]

LONGEST = 500
"""Characters of a text that an expression may come to: it is a sentence for people."""
MEMORY, SECONDS = 2 << 30, 60
"""Bytes of address space beyond which an allocation fails, and processor time after which the process is killed."""


def main() -> None:
    """All answers, or an exit code: what ends this process ends the evaluation."""
    _limit(resource.RLIMIT_AS, MEMORY)
    _limit(resource.RLIMIT_CPU, SECONDS)
    _limit(resource.RLIMIT_CORE, 0)
    asked = json.load(sys.stdin)
    environment = cel.NewEnv(variables={"object": cel.Type.DYN}, extensions=[ext_strings.ExtStrings()])
    try:
        objects = [environment.Activation({"object": one}) for one in asked["objects"]]
        answers: object = [_answer(environment, question, objects) for question in asked["questions"]]
    except MemoryError:
        answers = f"an evaluation needs more than {MEMORY >> 30} GiB of memory"
    sys.stdout.write(json.dumps(answers))


def _limit(what: int, most: int) -> None:
    """No higher than it is already: a service may have set a lower one."""
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _answer(environment: Any, question: tuple[str, str, list[int]], objects: list[Any]) -> dict[str, Any]:
    text, wanted, numbers = question
    try:
        program = environment.compile(text)
    except RuntimeError as flaw:
        return {"flaw": str(flaw)}
    returns = program.return_type().name()
    if returns not in ("DYN", wanted.upper()):
        return {"flaw": f"it comes to {_named(returns)}, not to {_named(wanted)}"}
    return {"values": [_value(program, objects[number], wanted) for number in numbers]}


def _value(program: Any, given: Any, wanted: str) -> Any:
    """The value, or a list that holds what went wrong."""
    try:
        value = program.eval(given)
    except RuntimeError as fault:
        return [str(fault)]
    kind = value.type().name()
    if kind == wanted.upper():
        plain = value.plain_value()
        long = isinstance(plain, str) and len(plain) > LONGEST
        return [f"it comes to {len(plain)} characters; at most {LONGEST} are a sentence"] if long else plain
    return [str(value.plain_value()) if kind == "ERROR" else f"it comes to {_named(kind)}, not to {_named(wanted)}"]


def _named(kind: str) -> str:
    return {"BOOL": "true or false", "STRING": "a text"}.get(kind.upper(), f"a value of type {kind.lower()}")


if __name__ == "__main__":
    main()
