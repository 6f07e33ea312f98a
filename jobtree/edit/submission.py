"""What is submitted: Runs and JobTrees, each with the text that its author wrote. Codes: JT786, and those of shape."""

from collections.abc import Iterator
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic, Severity, error
from jobtree.edit.edits import Submit
from jobtree.edit.find import KINDS, Piece, pieces
from jobtree.edit.outcome import Declined
from jobtree.edit.splice import Splice, spliced
from jobtree.edit.write import NoPlaceError, field
from jobtree.load.document import Document
from jobtree.load.limits import INPUT
from jobtree.load.shape import is_ours, read_shape
from jobtree.load.source import Source
from jobtree.load.spans import DocumentSpan, MapSpan, ScalarSpan, mappings
from jobtree.load.text import place
from jobtree.load.yaml_reader import read_documents, read_spans

_HELP = "a Run or a JobTree as a document of its own is submitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """One object: ``text`` is its document, comments and all: the whole file if it holds nothing else."""

    piece: Piece
    text: str


def submitted(edit: Submit, default: str | None = None) -> tuple[Submitted, ...] | Declined:
    """The objects of what is submitted, in order, each with a namespace, sound in itself.

    Objects without one get the edit's; that, unlike ``default``, must be the namespace of all of them.
    """
    fallback = edit.namespace or default
    documents, findings = read_documents(edit.source, INPUT)
    found = [*findings, *(wrong for document in documents for wrong in _objections(document, edit, fallback))]
    found += [] if findings else _no_mappings(edit.source)
    if not documents and not found:
        found.append(error("JT786", f"there is nothing in {edit.source.path}", help=_HELP))
    if found:
        return _declined(edit.source, found)
    source = _with_namespaces(edit.source, documents, fallback)
    if isinstance(source, Declined):
        return source
    held, _ = pieces(source, INPUT)
    wrong = [finding for piece in held for finding in read_shape(piece.document)[1]]
    if any(finding.severity is Severity.ERROR for finding in wrong):
        return _declined(source, wrong)
    text = source.data.decode("utf-8")
    spans = [span for span in read_spans(text) if isinstance(span.root, MapSpan)]
    if len(spans) == 1:
        return (Submitted(piece=held[0], text=text),)
    return tuple(
        Submitted(piece=piece, text=_slice(text, span, last=span is spans[-1], first=span is spans[0]))
        for piece, span in zip(held, spans, strict=True)
    )


def _objections(document: Document, edit: Submit, fallback: str | None) -> Iterator[Diagnostic]:
    """Why a document is nothing that can be submitted. Its shape is looked at later."""
    if not is_ours(document) or document.kind not in KINDS:
        what = document.kind or "an object without a kind"
        yield error("JT786", f"{what} cannot be submitted", document.at("kind"), help=_HELP)
        return
    metadata = document.data.get("metadata")
    if not isinstance(metadata, dict):
        return
    if "generateName" in metadata:
        message = "generateName makes another name each time, and a file in git has one"
        yield error("JT786", message, document.key("metadata", "generateName"), help="write metadata.name")
        return
    space = metadata.get("namespace")
    if fallback is None and "namespace" not in metadata:
        yield error("JT786", "there is no namespace", document.key("metadata"), help="write it, or give it with -n")
    elif isinstance(space, str) and edit.namespace not in (None, space):
        yield error(
            "JT786",
            f"the namespace from the provided object {space} does not match the namespace {edit.namespace}",
            document.at("metadata", "namespace"),
            help=f"pass --namespace={space}, or leave one of the two out",
        )


def _with_namespaces(source: Source, documents: tuple[Document, ...], namespace: str | None) -> Source | Declined:
    """The same with the namespace written behind the name of every object that has none; JT791 if it cannot be."""
    text = source.data.decode("utf-8")
    held = mappings(read_spans(text)) if namespace is not None else {}
    splices: list[Splice] = []
    for document in documents:
        metadata = document.data.get("metadata")
        if namespace is None or not isinstance(metadata, dict) or "namespace" in metadata:
            continue
        parent = held[document.marks.at].entry("metadata")
        assert parent is not None
        key, mapping = parent
        assert isinstance(mapping, MapSpan)
        try:
            splices += field(text, (key, mapping), "namespace", namespace, ("name",))
        except NoPlaceError as fault:
            message = f"the namespace {namespace} cannot be written here"
            where = document.key("metadata")
            return _declined(source, [error("JT791", message, where, notes=(str(fault),), help="write it by hand")])
    return Source(source.path, spliced(text, splices).encode("utf-8"))


def _no_mappings(source: Source) -> Iterator[Diagnostic]:
    """Documents that are text or a list."""
    text = source.data.decode("utf-8")
    for span in read_spans(text):
        if not (isinstance(span.root, MapSpan) or (isinstance(span.root, ScalarSpan) and not span.root.text)):
            yield error("JT786", "this is no object", place(text, span.start, source.path), help=_HELP)


def _slice(text: str, span: DocumentSpan, *, first: bool, last: bool) -> str:
    """A document with the comments around it; what stands before the first one is its own."""
    marker = span.start + len("---") if span.marked else span.start
    head = text[: span.start] if first else ""
    body = text[marker : len(text) if last else span.end]
    if span.marked:
        body = body.removeprefix("\r\n").removeprefix("\n") if body[:1] in ("\r", "\n") else body.lstrip(" ")
    return head + body


def _declined(source: Source, findings: list[Diagnostic]) -> Declined:
    return Declined(diagnostics=tuple(findings), files={source.path: source.data})
