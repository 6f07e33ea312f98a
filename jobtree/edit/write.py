"""Where a new field or a new item is written, and how it is spelled there: as its neighbours are.

Comments stay with what they are about: something new is written behind the comment of its neighbour's line.
Block scalars, and several things on one line of a block, are nothing to write behind: ``NoPlaceError``.
"""

import re
from collections.abc import Iterator, Sequence

from jobtree.edit.splice import Splice, first_column, line_break, line_end
from jobtree.edit.words import New, block, flow, key, scalar
from jobtree.load.spans import MapSpan, ScalarSpan, SeqSpan, Span

_REST_OF_LINE = re.compile(r"[ \t]*(#.*)?", re.ASCII)
_TO_COMMA = re.compile(r"(?:\s|(?<=\s)#[^\r\n]*)*,", re.ASCII)
_USUAL_STEP = 2


class NoPlaceError(Exception):
    """Nothing can be written there without touching what stands around it. ``at`` is the offset."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.at = at


def replaced(old: Span, value: int) -> Splice:
    """A scalar in place of another one."""
    if not isinstance(old, ScalarSpan) or old.style:
        raise NoPlaceError("it is no plain scalar", old.start)
    return Splice(old.start, old.end, scalar(value))


def field(text: str, parent: tuple[ScalarSpan, MapSpan], name: str, value: New, after: Sequence[str]) -> list[Splice]:
    """A new field of a mapping, behind the last one of those ``after``, else as the first one.

    ``parent`` is the mapping with the key that it belongs to.
    """
    owner, mapping = parent
    entries = [entry for entry in mapping.entries if entry[0].text in after]
    quote = mapping.entries[0][0].style if mapping.entries else owner.style if mapping.flow else ""
    if mapping.flow:
        written = f"{key(name, quote)}: {flow(value, quote)}"
        if not entries:
            return _first(text, mapping, written)
        return behind_flow(text, entries[-1][0].start, entries[-1][1].end, written)
    lines = block(key(name, quote), value, step=_step(mapping), dash=_dash(mapping))
    at = behind_block(text, entries[-1][1]) if entries else behind_block(text, owner, colon=True)
    end = line_break(text, at)
    return [Splice(at, at, "".join(end + " " * mapping.column + line for line in lines))]


def items(text: str, old: SeqSpan, new: Sequence[str]) -> list[Splice]:
    """More items of a list of text, behind its last one."""
    last = old.items[-1] if old.items else None
    if old.flow:
        quote = last.style if isinstance(last, ScalarSpan) else '"'
        written = ", ".join(flow(item, quote) for item in new)
        return _first(text, old, written) if last is None else behind_flow(text, last.start, last.end, written)
    if not isinstance(last, ScalarSpan):
        raise NoPlaceError("the list does not end in text", old.start)
    at = behind_block(text, last)
    end = line_break(text, at)
    gap = text[text.rfind("-", 0, last.start) + 1 : last.start]
    gap = gap if gap and not gap.strip(" ") else " "
    lines = (f"{end}{' ' * old.column}-{gap}{scalar(item, last.style)}" for item in new)
    return [Splice(at, at, "".join(lines))]


def behind_block(text: str, span: Span, *, colon: bool = False) -> int:
    """The end of the line on which a block's value (or with its colon, its key) ends, behind its comment."""
    last = _last(span)
    if isinstance(last, ScalarSpan) and last.style in ("|", ">"):
        raise NoPlaceError("a block scalar ends there", last.start)
    start = text.index(":", span.end) + 1 if colon else span.end
    end = line_end(text, start)
    if not _REST_OF_LINE.fullmatch(text, start, end):
        raise NoPlaceError("something else stands on the same line", start)
    return end


def _last(span: Span) -> Span:
    while True:
        match span:
            case MapSpan(flow=False, entries=(*_, (_, value))):
                span = value
            case SeqSpan(flow=False, items=(*_, value)):
                span = value
            case _:
                return span


def behind_flow(text: str, start: int, end: int, written: str) -> list[Splice]:
    """Something new in brackets behind what stands from start to end, on a line of its own if its neighbour has one."""
    indent = first_column(text, start)
    comma = _TO_COMMA.match(text, end)
    at = comma.end() if comma else end
    rest = _REST_OF_LINE.match(text, at)
    stop = rest.end() if rest is not None else at
    if indent is None or stop != line_end(text, at):
        new = f" {written}," if comma else f", {written}"
        return [Splice(at, at, new)]
    broken = line_break(text, stop) + indent
    if comma:
        return [Splice(stop, stop, f"{broken}{written},")]
    if "#" in text[at:stop]:
        return [Splice(at, at, ","), Splice(stop, stop, broken + written)]
    return [Splice(at, at, f",{broken}{written}")]


def _first(text: str, brackets: MapSpan | SeqSpan, written: str) -> list[Splice]:
    """Something new in brackets, in front of everything else."""
    starts = [key.start for key, _ in brackets.entries] if isinstance(brackets, MapSpan) else []
    if not starts:
        return [Splice(brackets.start + 1, brackets.start + 1, written)]
    indent = first_column(text, starts[0])
    gap = " " if indent is None else line_break(text, line_end(text, starts[0])) + indent
    return [Splice(starts[0], starts[0], f"{written},{gap}")]


def _step(mapping: MapSpan) -> int:
    """How many columns a block within this one is deeper, as its other fields have it."""
    inner = (value.column - mapping.column for value in _blocks(mapping) if isinstance(value, MapSpan))
    return next((step for step in inner if step > 0), _USUAL_STEP)


def _dash(mapping: MapSpan) -> int:
    """How many columns the dashes of a list are deeper than its key, as other lists here have it."""
    inner = [mapping, *(value for value in _blocks(mapping) if isinstance(value, MapSpan))]
    found = (value.column - one.column for one in inner for value in _blocks(one) if isinstance(value, SeqSpan))
    return next((step for step in found if step >= 0), _USUAL_STEP)


def _blocks(mapping: MapSpan) -> Iterator[MapSpan | SeqSpan]:
    for _, value in mapping.entries:
        if isinstance(value, MapSpan | SeqSpan) and not value.flow:
            yield value
