"""Where every value of a file begins and ends, so that text can be changed without touching the text around it.

Offsets are in code points, ends are behind the last one. Only files that ``yaml_reader.read_documents`` could read are
asked for their spans, so depth and counts are bounded already.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jobtree.load.document import pack


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarSpan:
    """A scalar; ``style`` is its quote or its ``|`` or ``>``, nothing if it is plain, ``*`` for an alias."""

    start: int
    end: int
    text: str
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSpan:
    """A mapping: its keys with their values; a block ends where its last value ends.

    ``at`` is its place as documents have it, ``column`` that of its keys if it is a block.
    """

    start: int
    end: int
    at: int
    column: int
    flow: bool
    entries: tuple[tuple[ScalarSpan, "Span"], ...]

    def entry(self, key: str) -> tuple[ScalarSpan, "Span"] | None:
        """A key and its value."""
        return next((entry for entry in self.entries if entry[0].text == key), None)

    def value(self, key: str) -> "Span | None":
        """The value of a key."""
        found = self.entry(key)
        return None if found is None else found[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeqSpan:
    """A list; ``column`` is that of its dashes if it is a block."""

    start: int
    end: int
    column: int
    flow: bool
    items: tuple["Span", ...]


Span = ScalarSpan | MapSpan | SeqSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSpan:
    """A document from its ``---``, if it has one (``marked``), to the next one's, to its ``...``, or to the end."""

    start: int
    end: int
    marked: bool
    root: Span | None


@dataclass(slots=True)
class _Frame:
    start: int
    at: int
    column: int
    flow: bool
    mapping: bool
    children: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class SpanComposer:
    """Collects the spans of a file, event by event. ``veil`` stands for colons, as in ``compose``."""

    veil: str
    documents: list[DocumentSpan] = field(default_factory=list)
    _frames: list[_Frame] = field(default_factory=list)
    _root: Span | None = None
    _start: int = 0
    _marked: bool = False

    def start_document(self, at: int, *, marked: bool) -> None:
        """Begins a document."""
        self._start, self._marked, self._root = at, marked, None

    def end_document(self, at: int) -> None:
        """Ends a document."""
        self.documents.append(DocumentSpan(start=self._start, end=at, marked=self._marked, root=self._root))

    def scalar(self, start: int, end: int, text: str, style: str) -> None:
        """A key or a value."""
        self._put(ScalarSpan(start=start, end=end, text=text.replace(self.veil, ":"), style=style))

    def open(self, start: int, spot: tuple[int, int], *, flow: bool, mapping: bool) -> None:
        """Begins a collection; ``spot`` is its line and column from 0."""
        self._frames.append(_Frame(start=start, at=pack(*spot), column=spot[1], flow=flow, mapping=mapping))

    def close(self, end: int) -> None:
        """Ends the innermost collection; ``end`` counts if it is written in brackets."""
        frame = self._frames.pop()
        children = frame.children
        if not frame.flow:
            end = children[-1].end if children else frame.start
        if not frame.mapping:
            self._put(SeqSpan(start=frame.start, end=end, column=frame.column, flow=frame.flow, items=tuple(children)))
            return
        pairs = tuple((_key(key), value) for key, value in zip(children[::2], children[1::2], strict=True))
        self._put(MapSpan(start=frame.start, end=end, at=frame.at, column=frame.column, flow=frame.flow, entries=pairs))

    def _put(self, span: Span) -> None:
        if self._frames:
            self._frames[-1].children.append(span)
        else:
            self._root = span


def _key(span: Span) -> ScalarSpan:
    """A key; a mapping or a list as a key, which no document of ours has, is none that can be asked for."""
    return span if isinstance(span, ScalarSpan) else ScalarSpan(start=span.start, end=span.end, text="", style="?")


def mappings(documents: tuple[DocumentSpan, ...]) -> Mapping[int, MapSpan]:
    """Every mapping by its place as documents have it."""
    return {span.at: span for document in documents for span in _inner(document.root) if isinstance(span, MapSpan)}


def _inner(root: Span | None) -> Iterator[Span]:
    waiting = [root] if root is not None else []
    while waiting:
        span = waiting.pop()
        yield span
        match span:
            case MapSpan():
                waiting += [value for _, value in span.entries]
            case SeqSpan():
                waiting += span.items
            case ScalarSpan():
                pass
