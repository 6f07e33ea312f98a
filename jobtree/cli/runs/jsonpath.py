"""kubectl's jsonpath templates: text with ``{paths}``, ``{range}`` and ``{end}``, over plain data.

The dialect of https://kubernetes.io/docs/reference/kubectl/jsonpath/, which is no RFC 9535. Stricter than kubectl's
where kubectl prints nothing or nonsense for a slip of the pen; objects are walked in the order of their names. Nothing
is evaluated but what is written here, and work is bounded (ADR 30).
"""

import json
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from jobtree.cli.runs.jsonpath_syntax import (
    Comparison,
    Every,
    Everything,
    Field,
    Fields,
    Filter,
    Index,
    Literal,
    Operand,
    Part,
    Path,
    Range,
    Slice,
    Step,
    TemplateError,
)

Data = object
MOST = 1_000_000
"""Values that a template may look at."""


class _Budget:
    """Counts what is looked at."""

    def __init__(self) -> None:
        self.left = MOST

    def spend(self, values: Iterable[Data]) -> list[Data]:
        kept = []
        for value in values:
            self.left -= 1
            if self.left < 0:
                raise TemplateError(f"the template looks at more than {MOST:,} values")
            kept.append(value)
        return kept


def render(parts: Sequence[Part], data: Data) -> str:
    """What the template prints for a value; raises TemplateError where the value has not the shape for it."""
    return "".join(_render(parts, data, data, _Budget()))


def _render(parts: Sequence[Part], root: Data, here: Data, budget: _Budget) -> Iterator[str]:
    for part in parts:
        match part:
            case Literal():
                yield text_of(part.value)
            case Path():
                yield " ".join(map(text_of, _values(part, root, here, budget)))
            case Range(path=path, parts=inner):
                for value in _values(path, root, here, budget):
                    yield from _render(inner, root, value, budget)


def text_of(value: Data) -> str:
    """A value as kubectl prints it: text as it is, everything else as JSON on one line."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _values(path: Path, root: Data, here: Data, budget: _Budget) -> list[Data]:
    found = [root if path.from_root else here]
    for step in path.steps:
        found = budget.spend(value for one in found for value in _taken(step, one, root, budget))
    return found


def _taken(step: Step, value: Data, root: Data, budget: _Budget) -> Iterable[Data]:
    match step:
        case Field(name=name):
            return [value[name]] if isinstance(value, dict) and name in value else []
        case Fields(names=names):
            return [value[name] for name in names if isinstance(value, dict) and name in value]
        case Everything():
            return _deep(value)
        case Every():
            return _children(value)
        case Index(at=at):
            return [_item(_list(value), number) for number in at] if value is not None else []
        case Slice():
            return _sliced(_list(value), step)
        case Filter(test=test):
            return [item for item in _list(value) if _holds(test, item, root, budget)]


def _children(value: Data) -> Sequence[Data]:
    match value:
        case dict():
            return [value[name] for name in sorted(value)]
        case list() | tuple():
            return value
        case None:
            return []
        case _:
            raise TemplateError(f"[*] asks for the items of {text_of(value)}, which has none")


def _deep(value: Data) -> Iterator[Data]:
    """The value and everything below it."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, dict | list | tuple):
            waiting.extend(reversed(_children(one)))


def _list(value: Data) -> Sequence[Data]:
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise TemplateError(f"an index or a filter needs a list, and this is {text_of(value):.80}")
    return value


def _item(items: Sequence[Data], at: int) -> Data:
    if not -len(items) <= at < len(items):
        raise TemplateError(f"array index out of bounds: index {at}, length {len(items)}")
    return items[at]


def _sliced(items: Sequence[Data], step: Slice) -> Sequence[Data]:
    size = len(items)
    first = step.first if step.first is not None else 0
    last = step.last if step.last is not None else size
    first, last = (first + size if first < 0 else first), (last + size if last < 0 else last)
    if first == last:
        return []
    if not 0 <= first < size or not 0 <= last <= size or first > last:
        raise TemplateError(f"array index out of bounds: from {first} to {last}, length {size}")
    return items[first : last : step.by]


def _holds(test: Comparison, item: Data, root: Data, budget: _Budget) -> bool:
    left = _operand(test.left, item, root, budget)
    if test.right is None:
        return bool(left)
    right = _operand(test.right, item, root, budget)
    if not left or not right:
        return False
    if len(left) > 1 or len(right) > 1:
        raise TemplateError("a filter compares one value with one value")
    return _compared(left[0], test.operator, right[0])


def _operand(operand: Operand, item: Data, root: Data, budget: _Budget) -> list[Data]:
    return _values(operand, root, item, budget) if isinstance(operand, Path) else [operand.value]


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _compared(left: Data, sign: str, right: Data) -> bool:
    """Text with text, numbers with numbers; booleans are equal or not."""
    if isinstance(left, bool) or isinstance(right, bool):
        alike = isinstance(left, bool) and isinstance(right, bool) and sign in ("==", "!=")
    else:
        alike = any(isinstance(left, kind) and isinstance(right, kind) for kind in (str, int | float))
    if not alike:
        raise TemplateError(f"{text_of(left):.40} and {text_of(right):.40} cannot be compared with {sign}")
    return _OPERATORS[sign](left, right)
