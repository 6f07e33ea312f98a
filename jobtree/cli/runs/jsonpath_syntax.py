"""Parses kubectl's jsonpath templates into values (docs/kubectl-runs.md has the grammar that is accepted)."""

import json
import re
from dataclasses import dataclass

LONGEST, DEEPEST = 65_536, 32
"""Characters of a template, and ranges in ranges."""


class TemplateError(ValueError):
    """What is wrong with a template, for its author."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Text, a number or a boolean that stands for itself."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Field:
    """``.name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Fields:
    """``['a','b']``."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """``[*]`` and ``.*``."""


@dataclass(frozen=True, slots=True)
class Everything:
    """``..``: the value and all that is below it."""


@dataclass(frozen=True, slots=True)
class Index:
    """``[0]``, ``[-1]`` and ``[0,2]``."""

    at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """``[first:last:by]``."""

    first: int | None
    last: int | None
    by: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left operator right``; ``right`` None asks whether there is anything at ``left``."""

    left: "Operand"
    operator: str = ""
    right: "Operand | None" = None


@dataclass(frozen=True, slots=True)
class Filter:
    """``[?(...)]``."""

    test: Comparison


Step = Field | Fields | Every | Everything | Index | Slice | Filter


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from the object (``$``), or from where a range or a filter is (``@``, or nothing)."""

    from_root: bool
    steps: tuple[Step, ...]


Operand = Path | Literal


@dataclass(frozen=True, slots=True)
class Range:
    """``{range path} parts {end}``."""

    path: Path
    parts: tuple["Part", ...]


Part = Literal | Path | Range

_NAME = re.compile(r"(?:[\w/-]|\\.)+")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?![\w.])", re.ASCII)
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>")
_SLICE = re.compile(r"(-?\d{1,9})?\s*:\s*(-?\d{1,9})?\s*(?::\s*(-?\d{1,9})?)?", re.ASCII)
_INTEGERS = re.compile(r"-?\d{1,9}(?:\s*,\s*-?\d{1,9})*", re.ASCII)
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_WORDS = {"true": True, "false": False}


def parse_template(template: str) -> tuple[Part, ...]:
    """The parts of a template; raises TemplateError."""
    if not template:
        raise TemplateError("the template is empty: write something like jsonpath='{.metadata.name}'")
    if len(template) > LONGEST:
        raise TemplateError(f"the template has more than {LONGEST:,} characters")
    return _Parser(template).template()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def template(self) -> tuple[Part, ...]:
        parts, closed = self._parts(depth=0)
        if closed:
            raise self._wrong("not in range, nothing to end")
        return parts

    def _parts(self, *, depth: int) -> tuple[tuple[Part, ...], bool]:
        """Parts up to ``{end}`` or to the end of the text, and whether it was ``{end}``."""
        if depth > DEEPEST:
            raise self._wrong(f"ranges are nested more than {DEEPEST} deep")
        parts: list[Part] = []
        while self._at < len(self._text):
            opening = self._text.find("{", self._at)
            if opening != self._at:
                end = opening if opening >= 0 else len(self._text)
                parts.append(Literal(self._text[self._at : end]))
                self._at = end
                continue
            self._at += 1
            self._blank()
            if self._word("end"):
                self._close()
                return tuple(parts), True
            parts.append(self._range(depth) if self._word("range") else self._operand())
            if not isinstance(parts[-1], Range):
                self._close()
        return tuple(parts), False

    def _range(self, depth: int) -> Range:
        self._blank()
        path = self._path()
        self._close()
        parts, closed = self._parts(depth=depth + 1)
        if not closed:
            raise self._wrong("a range without {end}")
        return Range(path, parts)

    def _word(self, word: str) -> bool:
        """Takes a word that nothing but a blank or ``}`` follows."""
        if re.compile(rf"{word}(?=[\s}}])").match(self._text, self._at) is None:
            return False
        self._at += len(word)
        return True

    def _close(self) -> None:
        self._blank()
        if not self._took("}"):
            raise self._wrong("unclosed action" if self._at == len(self._text) else "unexpected character in action")

    def _operand(self) -> Operand:
        if found := self._match(_TEXT):
            return Literal(_unquoted(found[0], self))
        if found := self._match(_NUMBER):
            return Literal(float(found[0]) if "." in found[0] else int(found[0]))
        for word, value in _WORDS.items():
            if re.compile(rf"{word}\b").match(self._text, self._at):
                self._at += len(word)
                return Literal(value)
        return self._path()

    def _path(self) -> Path:
        from_root = self._took("$")
        rooted = from_root or self._took("@")
        steps: list[Step] = []
        while (char := self._text[self._at : self._at + 1]) in (".", "[") and char:
            steps += self._bracket() if char == "[" else self._dotted()
        at_end = self._text[self._at : self._at + 1] == "}"
        if not steps and not rooted and not at_end:
            raise self._wrong("a path begins with ., [, $ or @")
        return Path(from_root, tuple(steps))

    def _dotted(self) -> list[Step]:
        self._at += 1
        if self._took("."):
            named = self._text[self._at : self._at + 1]
            return [Everything()] if named in ("[", "}", "") else [Everything(), *self._named()]
        return [] if self._text[self._at : self._at + 1] == "[" else self._named()

    def _named(self) -> list[Step]:
        if self._took("*"):
            return [Every()]
        if found := self._match(_NAME):
            return [Field(re.sub(r"\\(.)", r"\1", found[0]))]
        if self._text[self._at : self._at + 1] in ("}", ")"):
            return []
        raise self._wrong("a name is missing after the dot")

    def _bracket(self) -> list[Step]:
        self._at += 1
        self._blank()
        if self._took("?"):
            return [self._filter()]
        step = self._inside()
        self._blank()
        if not self._took("]"):
            raise self._wrong("invalid array index: it is a number, a slice, *, ?( ) or names in single quotes")
        return [step]

    def _inside(self) -> Step:
        if self._took("*"):
            return Every()
        if self._text[self._at : self._at + 1] == "'":
            return Fields(self._names())
        if found := self._match(_SLICE):
            first, last, by = (None if part is None else int(part) for part in found.groups())
            if by is not None and by <= 0:
                raise self._wrong("step must be > 0")
            return Slice(first, last, by or 1)
        if found := self._match(_INTEGERS):
            return Index(tuple(int(part) for part in found[0].split(",")))
        raise self._wrong("invalid array index: it is a number, a slice, *, ?( ) or names in single quotes")

    def _names(self) -> tuple[str, ...]:
        names: list[str] = []
        while found := self._match(_TEXT):
            names.append(_unquoted(found[0], self))
            self._blank()
            if not self._took(","):
                break
            self._blank()
        return tuple(names)

    def _filter(self) -> Filter:
        if not self._took("("):
            raise self._wrong('a filter is written [?(@.name=="value")]')
        self._blank()
        left = self._operand()
        self._blank()
        test = Comparison(left)
        if found := self._match(_OPERATOR):
            self._blank()
            test = Comparison(left, found[0], self._operand())
            self._blank()
        if not self._took(")") or not self._took("]"):
            raise self._wrong("unclosed filter, or an operator that is not ==, !=, <, <=, > or >=")
        return Filter(test)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found

    def _took(self, char: str) -> bool:
        taken = self._text.startswith(char, self._at)
        self._at += len(char) if taken else 0
        return taken

    def _blank(self) -> None:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1

    def _wrong(self, what: str) -> TemplateError:
        return TemplateError(f"{what}, at character {self._at + 1} of {self._text!r:.200}")

    def refuse(self, what: str) -> TemplateError:
        """The same for a piece of the text."""
        return self._wrong(what)


def _unquoted(quoted: str, parser: _Parser) -> str:
    """Text in quotes with the escapes of JSON; a quote and a dot may be escaped as well."""
    inner = re.sub(r"\\([.'])", r"\1", quoted[1:-1])
    if quoted[0] == "'":
        inner = re.sub(r'(?<!\\)"', r"\"", inner)
    try:
        text = json.loads(f'"{inner}"', strict=False)
    except ValueError:
        raise parser.refuse(f"an escape in {quoted:.40} is none") from None
    return str(text)
