"""Objects of other programs in a file: every document, and the items of v1 Lists, each with its places.

Others wrote them, so a scalar that YAML readers disagree about stays text; everything else is as strict as ever, since
it protects the reader: limits, no anchors, no duplicate keys (``yaml_reader``).
"""

from jobtree.base.diagnostic import Diagnostic
from jobtree.load.document import Document
from jobtree.load.limits import STATE
from jobtree.load.scan import lenient, misplaced_items, parts
from jobtree.load.source import Source
from jobtree.load.yaml_reader import read_documents


def read_foreign(source: Source) -> tuple[tuple[Document, ...], tuple[Diagnostic, ...]]:
    """The objects of a file in order, and what is wrong with it. Codes: JT1xx, JT205."""
    documents, findings = read_documents(source, STATE)
    objects = tuple(lenient(part) for document in documents for part in parts(document))
    wrong = [finding for document in documents for finding in misplaced_items(document)]
    inner = [finding for part in objects for finding in part.findings]
    return objects, (*findings, *wrong, *inner)
