"""Texts of a page, each once, and tables of columns: what keeps the page small."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jobtree.base.plain import plain

Table = Mapping[str, list[object]]
"""Column name to values, all of one length."""


@dataclass(slots=True, kw_only=True)
class Names:
    """Texts by number, in the order in which they were first used; harmless to whoever shows them."""

    texts: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def of(self, text: object) -> int:
        """The number of a text."""
        found = str(text)
        number = self._numbers.get(found)
        if number is None:
            number = self._numbers[found] = len(self.texts)
            self.texts.append(plain(found))
        return number


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Rows as columns."""
    found: dict[str, list[object]] = {name: [] for name in columns}
    for row in rows:
        for name, value in zip(columns, row, strict=True):
            found[name].append(value)
    return found


def harmless(value: object) -> object:
    """A JSON value whose texts are harmless, and whose numbers stay exact in a browser: large ones become texts."""
    match value:
        case str():
            return plain(value)
        case bool() | None | float():
            return value
        case int():
            return value if -(2**53) < value < 2**53 else str(value)
        case Mapping():
            return {key: harmless(item) for key, item in value.items()}
        case list() | tuple():
            return [harmless(item) for item in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no JSON form")
