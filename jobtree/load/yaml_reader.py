"""The only file that knows ruamel: text to documents with places, by the events of its C parser.

Strict: no anchors, aliases, merge keys, tags, directives, duplicate or non-text keys, nor scalars that two YAML readers
would read differently. JSON is read by the same parser. Nothing is resolved by the library: see ``scalar``. Depth and
counts are bounded while reading, and aliases are never followed, so no file can blow up.
docs/adr/0010-yaml-reader.md says why events, and why colons are veiled.

Codes: JT101, JT105, JT107 to JT117.
"""

import re
from typing import Any

from ruamel.yaml import cyaml
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.load.compose import Composer, TooMuchError
from jobtree.load.document import Document
from jobtree.load.limits import INPUT, Limits
from jobtree.load.source import Source
from jobtree.load.spans import DocumentSpan, SpanComposer
from jobtree.load.text import decode_text

_INNER_COLON = re.compile(r"(?<![\"'\]}]):(?=[^\s,\[\]{}])")
"""A colon that is part of a plain scalar in YAML 1.2 even inside ``[]`` and ``{}``. The bundled C parser is of YAML 1.1
and refuses it there, so it reads a private-use character instead, of the same width. In quotes it makes no difference,
as every scalar is unveiled."""


def read_documents(source: Source, limits: Limits = INPUT) -> tuple[tuple[Document, ...], tuple[Diagnostic, ...]]:
    """All mappings among the documents of a file, and what is wrong with the file as a whole.

    Findings within a document stay with it. After a syntax error, only the documents before it are returned.
    """
    text, findings = decode_text(source, limits)
    if text is None:
        return (), findings
    veil = _veil(text)
    if veil is None:
        return (), (error("JT104", "the file uses every private-use character", Location(source.path)),)
    composer = Composer(source.path, veil, limits)
    try:
        _feed(composer, _parser(_INNER_COLON.sub(veil, text)))
    except TooMuchError as stop:
        return (), (stop.finding,)
    except YAMLError as fault:
        return tuple(composer.documents), (_syntax(fault, text, source.path),)
    return tuple(composer.documents), ()


def read_spans(text: str) -> tuple[DocumentSpan, ...]:
    """Where everything stands in a text that ``read_documents`` has read without findings about the file."""
    veil = _veil(text)
    assert veil is not None
    composer = SpanComposer(veil)
    _measure(composer, _parser(_INNER_COLON.sub(veil, text)))
    return tuple(composer.documents)


def _measure(composer: SpanComposer, parser: Any) -> None:
    next_event = parser.get_event
    while True:
        event = next_event()
        first, last = event.start_mark.index, event.end_mark.index
        match type(event).__name__:
            case "ScalarEvent":
                composer.scalar(first, last, event.value, event.style or "")
            case "AliasEvent":
                composer.scalar(first, last, event.anchor, "*")
            case "MappingStartEvent" | "SequenceStartEvent" as name:
                spot = (event.start_mark.line, event.start_mark.column)
                composer.open(first, spot, flow=bool(event.flow_style), mapping=name == "MappingStartEvent")
            case "MappingEndEvent" | "SequenceEndEvent":
                composer.close(last)
            case "DocumentStartEvent":
                composer.start_document(first, marked=bool(event.explicit))
            case "DocumentEndEvent":
                composer.end_document(first)
            case "StreamEndEvent":
                return


def _veil(text: str) -> str | None:
    """A private-use character that the text does not use, to stand for colons."""
    return next((veil for veil in map(chr, range(0xE000, 0xF900)) if veil not in text), None)


def _parser(text: str) -> Any:
    """The C parser, over text that was checked already."""
    parser: Any = vars(cyaml)["CParser"]
    return parser(text)


def _feed(composer: Composer, parser: Any) -> None:
    next_event = parser.get_event
    while True:
        event = next_event()
        match type(event).__name__:
            case "ScalarEvent":
                mark = event.start_mark
                plain = not event.style
                composer.scalar(event.value, (mark.line, mark.column), plain=plain)
                if event.anchor is not None or event.tag is not None:
                    composer.decoration((mark.line, mark.column), event.anchor, event.tag)
            case "MappingStartEvent" | "SequenceStartEvent" as name:
                mark = event.start_mark
                composer.open((mark.line, mark.column), mapping=name == "MappingStartEvent")
                if event.anchor is not None or event.tag is not None:
                    composer.decoration((mark.line, mark.column), event.anchor, event.tag)
            case "MappingEndEvent" | "SequenceEndEvent":
                composer.close()
            case "AliasEvent":
                composer.alias((event.start_mark.line, event.start_mark.column), event.anchor)
            case "DocumentStartEvent":
                composer.start_document()
                if event.version is not None or event.tags:
                    composer.directive((event.start_mark.line, event.start_mark.column))
            case "DocumentEndEvent":
                composer.end_document()
            case "StreamEndEvent":
                return


def _syntax(fault: YAMLError, text: str, path: str) -> Diagnostic:
    """Names the parser's complaint, at the place it complains about."""
    if not isinstance(fault, MarkedYAMLError) or fault.problem_mark is None:
        return error("JT101", f"this is not YAML: {fault}", Location(path))
    mark = fault.problem_mark
    where = Location(path, mark.line + 1, mark.column + 1)
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: mark.column + 1]:
        return error("JT105", "a tab where indentation is expected", where, help="indent with spaces")
    notes = (f"{fault.context}, from line {fault.context_mark.line + 1}",) if fault.context_mark else ()
    hint = (
        "a template is not YAML: name the file in .jobtreeignore"
        if "{{" in text
        else "look for an unclosed bracket or quote, or for wrong indentation, at this line or above"
    )
    return error("JT101", f"this is not YAML: {fault.problem}", where, notes=notes, help=hint)
