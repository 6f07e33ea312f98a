"""Finds a run among the files of a fleet: in a document of its own, in a v1 List, or within a JobTree."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.identity import Key
from jobtree.edit.outcome import Declined
from jobtree.load.document import Data, Document, Step
from jobtree.load.draft import Draft
from jobtree.load.expand import TreeExpander
from jobtree.load.limits import Limits
from jobtree.load.scan import parts
from jobtree.load.shape import is_ours, read_shape, suggestion
from jobtree.load.source import Source
from jobtree.load.wire.metadata import GROUP
from jobtree.load.wire.run import RunDocument, TreeRunSpec
from jobtree.load.wire.tree import TreeDocument
from jobtree.load.yaml_reader import read_documents

KINDS = ("Run", "JobTree")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A document of ours or an item of a List, in its file: ``where`` leads to it from the file's list of documents.

    ``roots`` is the data of all documents of the file.
    """

    source: Source
    roots: tuple[Data, ...]
    where: tuple[Step, ...]
    document: Document

    @property
    def kind(self) -> str:
        """``Run``, ``JobTree``, or anything else."""
        return str(self.document.kind)

    @property
    def key(self) -> Key | None:
        """Namespace and name, if they are text."""
        metadata = self.document.data.get("metadata")
        found = [metadata.get(name) for name in ("namespace", "name")] if isinstance(metadata, dict) else []
        space, name = found or (None, None)
        return Key(space, name) if isinstance(space, str) and isinstance(name, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A run: ``base`` leads to its spec within its document."""

    piece: Piece
    key: Key
    owner: str
    spec: TreeRunSpec
    base: tuple[Step, ...]

    @property
    def named_at(self) -> Location:
        """The place of its name: in the metadata, or in its entry of a tree."""
        steps: tuple[Step, ...] = ("metadata",) if self.base == ("spec",) else self.base[:-1]
        return self.piece.document.at(*steps, "name")

    def declined(self, code: str, message: str, *steps: Step, notes: tuple[str, ...], help: str) -> Declined:
        """Why it is not edited, at a field of its spec."""
        where = self.piece.document.key(*self.base, *steps)
        finding = error(code, message, where, notes=notes, help=help)
        return Declined(diagnostics=(finding,), files={self.piece.source.path: self.piece.source.data})


def pieces(source: Source, limits: Limits) -> tuple[tuple[Piece, ...], tuple[Diagnostic, ...]]:
    """Everything of ours in a file, and what is wrong with the file as a whole."""
    if GROUP.encode() not in source.data:
        return (), ()
    documents, findings = read_documents(source, limits)
    roots: tuple[Data, ...] = tuple(dict(document.data) for document in documents)
    found = []
    for index, document in enumerate(documents):
        items = document.data.get("items")
        position = {id(item): at for at, item in enumerate(items)} if isinstance(items, list) else {}
        for part in filter(is_ours, parts(document)):
            where: tuple[Step, ...] = (index,) if part is document else (index, "items", position[id(part.data)])
            found.append(Piece(source=source, roots=roots, where=where, document=part))
    return tuple(found), findings


def find_run(key: Key, sources: Iterable[Source], limits: Limits) -> Found | Declined:
    """The run; JT788 if there is none, JT303 if there are two, or what is wrong with the document that holds it."""
    found: list[Found] = []
    names: list[str] = []
    unreadable = 0
    for source in sources:
        if key.namespace.encode() not in source.data:
            continue
        held, findings = pieces(source, limits)
        unreadable += bool(findings)
        for piece in held:
            if piece.kind not in KINDS or piece.key is None or piece.key.namespace != key.namespace:
                continue
            wire, wrong = read_shape(piece.document)
            if wire is None and _may_hold(piece, key):
                return Declined(diagnostics=wrong, files={source.path: source.data})
            runs = list(runs_in(piece, wire))
            names += [run.key.name for run in runs]
            found += [run for run in runs if run.key == key]
    if len(found) == 1:
        return found[0]
    return _twice(found) if found else Declined(diagnostics=(_missing(key, names, unreadable),))


def runs_in(piece: Piece, wire: object) -> Iterator[Found]:
    """The runs of a document, by its wire model: one, those that a JobTree spells out, or none."""
    match wire:
        case RunDocument(metadata=metadata, spec=spec):
            key = Key(metadata.namespace, metadata.name)
            yield Found(piece=piece, key=key, owner=spec.owner, spec=spec, base=("spec",))
        case TreeDocument():
            expander = TreeExpander(piece.document, wire, {}, None)
            expander.expand()
            yield from (_inline(piece, draft) for draft in expander.drafts)
        case _:
            return


def _inline(piece: Piece, draft: Draft) -> Found:
    return Found(piece=piece, key=draft.key, owner=draft.owner, spec=draft.spec, base=draft.base)


def _may_hold(piece: Piece, key: Key) -> bool:
    """Whether a document that cannot be read may hold the run: it has its name, or the first part of it."""
    name = piece.key.name if piece.key else ""
    return name == key.name if piece.kind == "Run" else key.name.startswith(f"{name}-")


def _missing(key: Key, names: Sequence[str], unreadable: int) -> Diagnostic:
    notes = (f"files that cannot be read: {unreadable}",) if unreadable else ()
    hint = suggestion(key.name, tuple(dict.fromkeys(names))) or "give its namespace with -n"
    return error("JT788", f"there is no run {key}", notes=notes, help=hint)


def _twice(found: Sequence[Found]) -> Declined:
    first, second = found[0], found[1]
    places = [one.named_at for one in (first, second)]
    notes = (f"first at {places[0]}",)
    finding = error("JT303", f"duplicate Run {first.key}", places[1], notes=notes, help="rename or remove one of them")
    return Declined(diagnostics=(finding,), files={one.piece.source.path: one.piece.source.data for one in found})
