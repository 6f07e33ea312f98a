"""From parser events to documents: plain data and marks, with every breach of strictness recorded where it is."""

from dataclasses import dataclass, field

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.load.document import Data, Document, MapMarks, Marks, SeqMarks, pack, start, unpack
from jobtree.load.limits import Limits
from jobtree.load.scalar import read_plain

DEEPEST = 32
MOST_FINDINGS = 500
"""For each document; further findings are not recorded."""

INSTANT_FIELDS = frozenset(
    {
        "creationTimestamp", "deadline", "deleted", "deletionTimestamp", "earliestStart", "end", "ended", "expectedEnd",
        "finishedAt", "lost", "naturalStart", "returns", "start", "time", "until",
    }
)  # fmt: skip
"""Fields that hold an instant: a plain date or timestamp is meant there, so it is no trap."""

_FREE_TEXT = frozenset({"annotations", "labels", "selector"})
"""Below these, field names are the user's own, and ``start`` is no instant."""

Spot = tuple[int, int]
"""Line and column from 0."""


class TooMuchError(Exception):
    """A file that would cost unbounded time or memory; carries the finding."""

    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(slots=True)
class _Frame:
    """A mapping or sequence being read. ``key`` is the key whose value comes next; None when a key comes next.

    ``drop`` says that this value belongs to a key that was refused.
    """

    marks: MapMarks | SeqMarks
    data: dict[str, Data] | list[Data]
    name: str | None
    key: str | None = None
    is_key: bool = False
    drop: bool = False


@dataclass(slots=True)
class Composer:
    """Collects documents. ``veil`` stands for the colons that the parser must not see."""

    path: str
    veil: str
    limits: Limits
    documents: list[Document] = field(default_factory=list)
    _frames: list[_Frame] = field(default_factory=list)
    _findings: list[Diagnostic] = field(default_factory=list)
    _refused: set[int] = field(default_factory=set)
    _root: tuple[Data, Marks] | None = None
    _nodes: int = 0
    _started: int = 0

    def start_document(self) -> None:
        """Begins a document; counts it."""
        self._findings, self._refused, self._root = [], set(), None
        self._started += 1
        if self._started > self.limits.documents:
            raise self._too_much("JT107", f"the file holds more than {self.limits.documents} documents", 0)

    def end_document(self) -> None:
        """Ends a document and keeps it if it is a mapping."""
        if self._root is not None:
            data, marks = self._root
            if isinstance(data, dict) and isinstance(marks, MapMarks):
                self.documents.append(
                    Document(
                        path=self.path,
                        data=data,
                        marks=marks,
                        findings=tuple(self._findings),
                        refused=frozenset(self._refused),
                    )
                )

    def open(self, spot: Spot, *, mapping: bool) -> None:
        """Begins a mapping or a sequence, one level deeper."""
        mark = self._count(spot)
        if len(self._frames) == DEEPEST:
            raise self._too_much("JT108", f"nested more than {DEEPEST} levels deep", mark)
        above = self._frames[-1] if self._frames else None
        is_key = above is not None and isinstance(above.data, dict) and above.key is None
        name = None if above is None else above.key or above.name
        frame = _Frame(MapMarks(mark, {}, {}), {}, name) if mapping else _Frame(SeqMarks(mark, []), [], name)
        frame.is_key = is_key
        self._frames.append(frame)

    def close(self) -> None:
        """Ends the innermost mapping or sequence and puts it where it belongs."""
        frame = self._frames.pop()
        if frame.is_key:
            self._key(f"(key at {start(frame.marks)})", start(frame.marks), refused="a mapping or list")
        else:
            self._put(frame.data, frame.marks)

    def scalar(self, text: str, spot: Spot, *, plain: bool) -> None:
        """A key or a value."""
        mark = self._count(spot)
        if self.veil in text:
            text = text.replace(self.veil, ":")
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and isinstance(frame.data, dict):
            self._key(text, mark, refused=self._not_a_key(text) if plain else None)
            return
        if not plain:
            self._put(text, mark)
            return
        reading = read_plain(text)
        if reading.code is not None and not (reading.code == "JT115" and self._instant_expected()):
            hint = f'write "{text}" in quotes if text is meant' if text else 'write null or "", or leave the key out'
            self._find(reading.code, reading.why, mark, hint)
            self._refused.add(mark)
        self._put(reading.value, mark)

    def alias(self, spot: Spot, name: str) -> None:
        """An alias: refused, never followed."""
        mark = self._count(spot)
        self._find("JT110", f"alias *{name}", mark, "write the value out: every document stands for itself")
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and isinstance(frame.data, dict):
            self._key(f"*{name}", mark, refused=None)
        else:
            self._refused.add(mark)
            self._put(None, mark)

    def decoration(self, spot: Spot, anchor: str | None, tag: str | None) -> None:
        """An anchor or an explicit tag: refused."""
        mark = pack(*spot)
        if anchor is not None:
            self._find("JT110", f"anchor &{anchor}", mark, "write the value out where it is used")
        if tag is not None:
            self._find("JT112", f"explicit tag {tag.replace(self.veil, ':')}", mark, "leave the tag out")
            self._refused.add(mark)

    def directive(self, spot: Spot) -> None:
        """A ``%YAML`` or ``%TAG`` line: refused."""
        self._find("JT117", "a YAML directive", pack(*spot), "leave the line that starts with % out")

    def _count(self, spot: Spot) -> int:
        self._nodes += 1
        mark = pack(*spot)
        if self._nodes > self.limits.values:
            raise self._too_much("JT107", f"the file holds more than {self.limits.values} values", mark)
        return mark

    def _too_much(self, code: str, message: str, mark: int) -> TooMuchError:
        return TooMuchError(error(code, message, unpack(mark, self.path), help="split the file, or make it flatter"))

    def _find(self, code: str, message: str, mark: int, hint: str, *notes: str) -> None:
        if len(self._findings) < MOST_FINDINGS:
            self._findings.append(error(code, message, unpack(mark, self.path), notes=notes, help=hint))

    def _instant_expected(self) -> bool:
        frame = self._frames[-1] if self._frames else None
        return frame is not None and frame.key in INSTANT_FIELDS and frame.name not in _FREE_TEXT

    def _not_a_key(self, text: str) -> str | None:
        """What a plain key is, if it is no text."""
        reading = read_plain(text)
        return None if reading.code is None and isinstance(reading.value, str) else f"'{text}'"

    def _key(self, text: str, mark: int, *, refused: str | None) -> None:
        frame = self._frames[-1]
        assert isinstance(frame.data, dict)
        assert isinstance(frame.marks, MapMarks)
        if text == "<<" and refused is None:
            self._find("JT111", "a merge key", mark, "write the fields out")
            frame.drop = True
        elif refused is not None:
            self._find("JT116", f"{refused} as a key", mark, "keys are text: put it in quotes")
            frame.drop = True
        if text in frame.marks.keys:
            first: Location = unpack(frame.marks.keys[text], self.path)
            self._find("JT109", f"duplicate key '{text}'", mark, "keep one of the two", f"first at {first}")
            frame.drop = True
        else:
            frame.marks.keys[text] = mark
        frame.key = text

    def _put(self, value: Data, marks: Marks) -> None:
        if not self._frames:
            self._root = (value, marks)
            return
        frame = self._frames[-1]
        if isinstance(frame.data, list):
            assert isinstance(frame.marks, SeqMarks)
            frame.data.append(value)
            frame.marks.items.append(marks)
            return
        assert isinstance(frame.marks, MapMarks)
        assert frame.key is not None
        if not frame.drop:
            frame.data[frame.key] = value
            frame.marks.values[frame.key] = marks
        frame.key, frame.drop = None, False
