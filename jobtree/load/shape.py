"""Is the document one of ours, and does it have the shape of its kind? Problems become diagnostics at their place.

Codes: JT201 to JT214, JT230, JT232 (semantics.md 3: unknown fields are errors, with a suggestion for near misses).
"""

from collections.abc import Mapping
from difflib import get_close_matches

from jobtree.base.diagnostic import Diagnostic, error, warning
from jobtree.load.document import Document, Step
from jobtree.load.wire.kinds import KINDS
from jobtree.load.wire.metadata import API_VERSION, GROUP, SERVER_FIELDS
from jobtree.load.wire.problems import Problem, validate

_CUSTOM = {
    "name": "JT208",
    "owner": "JT209",
    "duration": "JT210",
    "instant": "JT211",
    "rate": "JT212",
    "label": "JT213",
    "resource": "JT213",
    "glob": "JT213",
    "folder": "JT213",
    "reference": "JT214",
}
_TYPES = {
    "string_type": "text",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_BOUNDS = frozenset({"greater_than_equal", "less_than_equal", "too_long", "too_short", "string_too_long"})
_LONGEST_NAME = 80
_MOST_PROBLEMS = 100
_NAMESPACED = frozenset({"Budget", "JobTree", "Lease", "Reservation", "Run"})


def is_ours(document: Document) -> bool:
    """Whether the document's apiVersion is of our group, whatever the version."""
    version = document.api_version or ""
    return version == GROUP or version.startswith(f"{GROUP}/")


def is_kubernetes(document: Document) -> bool:
    """Whether it is a v1 Node or a v1 List."""
    return document.api_version == "v1" and document.kind in ("Node", "List")


def read_shape(document: Document) -> tuple[object | None, tuple[Diagnostic, ...]]:
    """The wire model of a document of ours, or None; with the reader's findings and the problems of its shape."""
    findings = list(document.findings)
    unknown = _unknown_kind(document)
    if unknown is not None:
        return None, (*findings, unknown)
    kind = str(document.kind)
    data, ignored = _without_status(document)
    findings.extend(ignored)
    outcome = validate(KINDS[kind], data)
    if isinstance(outcome, tuple):
        new = [problem for problem in outcome if not document.was_refused(*problem.path)]
        findings.extend(_diagnose(document, problem) for problem in new[:_MOST_PROBLEMS])
        if len(new) > _MOST_PROBLEMS:
            message = f"{len(new) - _MOST_PROBLEMS:,} more problems in this {kind}"
            findings.append(error("JT205", message, document.at(), help="mend the first ones and check again"))
        return None, tuple(findings)
    return (None if any(f.severity == "error" for f in findings) else outcome), tuple(findings)


def _unknown_kind(document: Document) -> Diagnostic | None:
    if document.api_version != API_VERSION:
        message = f"unknown version {_clipped(str(document.api_version))}"
        return error("JT202", message, document.at("apiVersion"), help=f"write {API_VERSION}")
    if document.kind not in KINDS:
        shown = _clipped(document.kind) if document.kind is not None else "missing"
        hint = suggestion(str(document.kind), tuple(KINDS)) or f"the kinds are {', '.join(sorted(KINDS))}"
        return error("JT201", f"unknown kind: {shown}", document.at("kind"), help=hint)
    return None


def _without_status(document: Document) -> tuple[Mapping[str, object], list[Diagnostic]]:
    """The document without what a cluster adds; a status in a repository has no effect, and that is said."""
    data: dict[str, object] = dict(document.data)
    findings = []
    if "status" in data:
        del data["status"]
        hint = "status belongs to the cluster: leave it out"
        findings.append(warning("JT230", "status is ignored", document.key("status"), help=hint))
    metadata = data.get("metadata")
    if isinstance(metadata, dict):
        data["metadata"] = {name: value for name, value in metadata.items() if name not in SERVER_FIELDS}
    return data, findings


def suggestion(written: str, known: tuple[str, ...]) -> str | None:
    """``did you mean X?`` for a near miss."""
    if len(written) > _LONGEST_NAME:
        return None
    lowered = {name.lower(): name for name in sorted(known)}
    close = get_close_matches(written.lower(), sorted(lowered), n=1, cutoff=0.7)
    return f"did you mean {lowered[close[0]]}?" if close else None


def dotted(path: tuple[Step, ...]) -> str:
    """``spec.envelopes[0].name``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{_clipped(step)}" if text else _clipped(step)
    return text


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}..."


def _diagnose(document: Document, problem: Problem) -> Diagnostic:
    path, field = problem.path, dotted(problem.path)
    value = f"{problem.value!r}"[:80]
    match problem.type:
        case "extra_forbidden":
            hint = suggestion(str(path[-1]), problem.siblings) or _fields_there(problem.siblings)
            return error("JT203", f"unknown field {field}", document.key(*path), help=hint)
        case "missing":
            return _missing(document, path, field)
        case "literal_error":
            message = f"{field} is {value}, not {problem.context.get('expected')}"
            return error("JT207", message, document.at(*path), help="write one of the allowed values")
        case "duplicate":
            first = document.at(*path[:-1], problem.context["first"])
            return error("JT232", f"{field} is listed twice", document.at(*path), notes=(f"first at {first}",))
        case type_ if type_ in _CUSTOM:
            return error(_CUSTOM[type_], f"{field}: {problem.message}", document.at(*path), notes=(f"it is {value}",))
        case type_ if type_ in _TYPES:
            return _wrong_type(document, problem, _TYPES[type_])
        case type_ if type_ in _BOUNDS or "string" in type_:
            return error("JT206", f"{field}: {_bound(problem)}", document.at(*path), notes=(f"it is {value}",))
        case _:
            return error("JT205", f"{field}: {problem.message}", document.at(*path), notes=(f"it is {value}",))


def _bound(problem: Problem) -> str:
    """What is allowed, in words."""
    match problem.context:
        case {"ge": least}:
            return f"at least {least:,} is allowed"
        case {"le": most}:
            return f"at most {most:,} is allowed"
        case _:
            return problem.message[:1].lower() + problem.message[1:]


def _missing(document: Document, path: tuple[Step, ...], field: str) -> Diagnostic:
    hint = f"add {path[-1]}"
    if path == ("metadata", "namespace") and document.kind in _NAMESPACED:
        hint = f"a {document.kind} lives in a namespace: add metadata.namespace"
    return error("JT204", f"missing field {field}", document.at(*path[:-1]), help=hint)


def _wrong_type(document: Document, problem: Problem, expected: str) -> Diagnostic:
    hint = None
    if isinstance(problem.value, str) and expected in ("an integer", "true or false"):
        hint = "remove the quotes" if problem.value.isdigit() or problem.value in ("true", "false") else None
    elif expected == "text" and isinstance(problem.value, bool | int | float):
        hint = "put it in quotes"
    message = f"{dotted(problem.path)} must be {expected}, not {_shown(problem.value)}"
    return error("JT205", message, document.at(*problem.path), help=hint)


def _shown(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {value!r}"[:80]
        case dict():
            return "a mapping"
        case _:
            return "a list"


def _fields_there(siblings: tuple[str, ...]) -> str:
    return f"known here: {', '.join(sorted(siblings))}" if siblings else "remove it"
