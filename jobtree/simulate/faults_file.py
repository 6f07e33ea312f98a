"""Faults as a file says them: YAML, strictly, every fault of it at its place. Code: JT191."""

from collections.abc import Iterator, Sequence

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.identity import Key
from jobtree.base.instant import parse_instant
from jobtree.base.quantity import parse_duration
from jobtree.load.document import Document
from jobtree.load.shape import dotted, suggestion
from jobtree.load.source import Source
from jobtree.load.wire.faults import FaultsDocument
from jobtree.load.wire.problems import Problem, field_names, validate
from jobtree.load.yaml_reader import read_documents
from jobtree.model.catalog import Catalog
from jobtree.simulate.faults import Faults, NodeEvent, RunDeletion

_PERCENT = 10
_DOCS = "docs/simulator.md shows what a faults file may say"


def read_faults(source: Source, catalog: Catalog) -> tuple[Faults, tuple[Diagnostic, ...]]:
    """The faults of a file, for the nodes and runs of a fleet; no faults where there are findings. O(bytes)."""
    documents, findings = read_documents(source)
    if findings:
        return Faults(), findings
    if len(documents) != 1:
        message = f"a faults file holds one mapping, and this one {len(documents)}"
        return Faults(), (error("JT191", message, Location(source.path), help=_DOCS),)
    (document,) = documents
    read = validate(FaultsDocument, document.data)
    if isinstance(read, tuple) or document.findings:
        problems = read if isinstance(read, tuple) else ()
        return Faults(), (*document.findings, *(_told(document, problem) for problem in problems))
    odd = tuple(_unknown(document, read, catalog))
    return (Faults(), odd) if odd else (_decoded(read), ())


def _decoded(read: FaultsDocument) -> Faults:
    nodes: list[NodeEvent] = []
    for loss in read.losses:
        nodes.append(NodeEvent(at=parse_instant(loss.lost), node=loss.node, lost=True))
        if loss.returns is not None:
            nodes.append(NodeEvent(at=parse_instant(loss.returns), node=loss.node, lost=False))
    return Faults(
        mtbf=None if read.nodes is None else parse_duration(read.nodes.mtbf),
        mttr=0 if read.nodes is None else parse_duration(read.nodes.mttr),
        shortest=read.runs.shortest * _PERCENT,
        longest=read.runs.longest * _PERCENT,
        failing=read.runs.failing * _PERCENT,
        nodes=tuple(nodes),
        deletions=tuple(RunDeletion(at=parse_instant(one.deleted), run=_key(one.run)) for one in read.deletions),
    )


def _unknown(document: Document, read: FaultsDocument, catalog: Catalog) -> Iterator[Diagnostic]:
    """Names that lead nowhere, and what contradicts itself."""
    if read.runs.shortest > read.runs.longest:
        where = document.at("runs", "shortest")
        told = f"runs take {read.runs.shortest} % at least and {read.runs.longest} % at most"
        yield error("JT191", told, where, help="write shortest <= longest")
    names = [node.name for node in catalog.nodes]
    for index, loss in enumerate(read.losses):
        if loss.node not in names:
            yield _nobody(document, ("losses", index, "node"), loss.node, names)
        if loss.returns is not None and parse_instant(loss.returns) <= parse_instant(loss.lost):
            where = document.at("losses", index, "returns")
            yield error("JT191", f"{loss.node} returns before it is lost", where, help="write lost < returns")
    runs = [str(run.key) for run in catalog.runs]
    named = {str(key): str(run.key) for run in catalog.runs for key in (*run.after, *run.together)}
    for index, deletion in enumerate(read.deletions):
        where = document.at("deletions", index, "run")
        if deletion.run not in runs:
            yield _nobody(document, ("deletions", index, "run"), deletion.run, runs)
        elif deletion.run in named:
            told = f"{deletion.run} cannot be deleted: {named[deletion.run]} names it"
            yield error("JT191", told, where, help="a repository without it would not pass the check")


def _nobody(document: Document, path: tuple[str | int, ...], name: str, known: Sequence[str]) -> Diagnostic:
    message = f"{dotted(path)}: there is no {name}"
    return error("JT191", message, document.at(*path), help=suggestion(name, tuple(known)))


def _told(document: Document, problem: Problem) -> Diagnostic:
    path = problem.path
    if problem.type == "extra_forbidden":
        known = problem.siblings or field_names(FaultsDocument)
        hint = suggestion(str(path[-1]), known) or f"known here: {', '.join(sorted(known))}"
        return error("JT191", f"unknown field {dotted(path)}", document.key(*path), help=hint)
    notes = (f"it is {problem.value!r:.80}",)
    return error("JT191", f"{dotted(path)}: {problem.message}", document.at(*path), notes=notes, help=_DOCS)


def _key(text: str) -> Key:
    namespace, _, name = text.partition("/")
    return Key(namespace, name)
