"""Which files and documents are ours: cheaply, before strictness (contracts.md, Inputs).

A file that mentions neither our group nor a v1 Node or List is ignored unread, so that Helm templates and the like do
no harm. Documents of others in a file of ours are ignored with their findings.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.load.document import Document, MapMarks, SeqMarks, start, unpack
from jobtree.load.limits import INPUT, Limits
from jobtree.load.shape import is_kubernetes, is_ours
from jobtree.load.source import Source
from jobtree.load.wire.metadata import GROUP
from jobtree.load.yaml_reader import read_documents

_CORE = re.compile(rb"""["']?apiVersion["']?\s*:\s*["']?v1["']?\s*(?:[,}#]|\r|\n|\Z)""")
_LISTED = re.compile(rb"""["']?kind["']?\s*:\s*["']?(?:Node|List)\b""")
_AMBIGUOUS = frozenset({"JT113", "JT114", "JT115"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A file's documents of ours and its v1 Nodes, items of v1 Lists included, and what is wrong with the file."""

    source: Source
    ours: tuple[Document, ...] = ()
    nodes: tuple[Document, ...] = ()
    findings: tuple[Diagnostic, ...] = ()

    @property
    def is_input(self) -> bool:
        """Whether the file holds anything that we read."""
        return bool(self.ours or self.nodes)


def scan(source: Source, limits: Limits = INPUT) -> Scanned:
    """Reads a file if it may hold something of ours."""
    mentions_us = GROUP.encode() in source.data
    if not mentions_us and not (_CORE.search(source.data) and _LISTED.search(source.data)):
        return Scanned(source=source)
    documents, findings = read_documents(source, limits)
    if findings and not mentions_us and b"{{" in source.data:
        return Scanned(source=source)
    found = [part for document in documents for part in parts(document)]
    return Scanned(
        source=source,
        ours=tuple(part for part in found if is_ours(part)),
        nodes=tuple(lenient(part) for part in found if is_kubernetes(part)),
        findings=(*findings, *(wrong for document in documents for wrong in misplaced_items(document))),
    )


def misplaced_items(document: Document) -> Iterator[Diagnostic]:
    """JT205: what stands in a v1 List in place of objects."""
    if not is_kubernetes(document) or document.kind != "List":
        return
    items = document.data.get("items", [])
    if not isinstance(items, list):
        yield error(
            "JT205", "items must be a list", document.at("items"), help="print it again with kubectl get -o yaml"
        )
        return
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            where = document.at("items", index)
            yield error("JT205", f"items[{index}] must be a mapping", where, help="remove it")


def lenient(node: Document) -> Document:
    """Ambiguous scalars in an object of others stay text: they wrote it, and we read only a few of its fields."""
    return replace(node, findings=tuple(f for f in node.findings if f.code not in _AMBIGUOUS))


def parts(document: Document) -> Iterator[Document]:
    """The document, or the items of a v1 List, each with the findings that lie in it."""
    if not is_kubernetes(document) or document.kind != "List":
        yield document
        return
    items, marks = document.data.get("items"), document.marks.values.get("items")
    if not isinstance(items, list) or not isinstance(marks, SeqMarks):
        return
    ends = [unpack(start(mark), document.path) for mark in marks.items[1:]]
    for index, (item, mark) in enumerate(zip(items, marks.items, strict=True)):
        if isinstance(item, dict) and isinstance(mark, MapMarks):
            first = unpack(mark.at, document.path)
            last = ends[index] if index < len(ends) else None
            found = tuple(f for f in document.findings if _within(f, first, last))
            yield replace(document, data=item, marks=mark, findings=found)


def _within(finding: Diagnostic, first: object, last: object) -> bool:
    place = finding.location
    return place is not None and place >= first and (last is None or place < last)  # type: ignore[operator]
