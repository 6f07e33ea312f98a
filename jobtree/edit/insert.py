"""New objects in a file that holds many: at the end of its v1 List, or as more documents."""

import json
from collections.abc import Mapping, Sequence

from jobtree.base.diagnostic import Location, error
from jobtree.edit.change import reads_as
from jobtree.edit.outcome import Declined
from jobtree.edit.splice import Splice, line_break, line_end, spliced
from jobtree.edit.submission import Submitted
from jobtree.edit.write import NoPlaceError, behind_block, behind_flow
from jobtree.load.limits import Limits
from jobtree.load.source import Source
from jobtree.load.spans import DocumentSpan, MapSpan, SeqSpan
from jobtree.load.yaml_reader import read_documents, read_spans


def inserted(
    new: Sequence[Submitted], path: str, sources: Sequence[Source], limits: Limits
) -> Mapping[str, bytes] | Declined:
    """The file with the new objects; {} if there are none. Findings of the file itself; JT791 if it has no place."""
    source = next((one for one in sources if one.path == path), Source(path, b""))
    documents, findings = read_documents(source, limits)
    if findings:
        return Declined(diagnostics=findings, files={path: source.data})
    if not new:
        return {}
    text = source.data.decode("utf-8")
    roots = [dict(document.data) for document in documents]
    data = [dict(one.piece.document.data) for one in new]
    spans = read_spans(text)
    held = _items(spans)
    try:
        if held is None:
            after, roots = _as_documents(text, spans, new), [*roots, *data]
        else:
            index, items = held
            after = spliced(text, _as_items(text, items, new))
            old = roots[index]["items"]
            assert isinstance(old, list)
            roots[index] = {**roots[index], "items": [*old, *data]}
    except NoPlaceError as fault:
        return _declined(source, str(fault))
    written = after.encode("utf-8")
    if not reads_as(path, written, [*roots], limits):
        return _declined(source, "the text would not say what is meant")
    return {path: written}


def _items(spans: Sequence[DocumentSpan]) -> tuple[int, SeqSpan] | None:
    """The items of the last v1 List, and which of the file's mappings it is."""
    mappings = [span.root for span in spans if isinstance(span.root, MapSpan)]
    for index in reversed(range(len(mappings))):
        kind, items = mappings[index].value("kind"), mappings[index].value("items")
        if isinstance(items, SeqSpan) and getattr(kind, "text", None) == "List":
            return index, items
    return None


def _as_items(text: str, items: SeqSpan, new: Sequence[Submitted]) -> list[Splice]:
    if items.flow:
        written = ", ".join(json.dumps(one.piece.document.data, ensure_ascii=False) for one in new)
        if not items.items:
            return [Splice(items.start + 1, items.start + 1, written)]
        return behind_flow(text, items.items[-1].start, items.items[-1].end, written)
    at = behind_block(text, items.items[-1])
    end = line_break(text, at)
    lines = [line for one in new for line in _item(one, items.column)]
    return [Splice(at, at, "".join(end + line for line in lines))]


def _item(one: Submitted, column: int) -> list[str]:
    """A document as an item of a block: deeper by as many columns as its dash takes."""
    root = read_spans(one.text)[-1]
    body = one.text[root.start + 3 :] if root.marked else one.text
    flow = isinstance(root.root, MapSpan) and root.root.flow
    if flow:
        body = json.dumps(one.piece.document.data, ensure_ascii=False)
    lines = [line for line in body.splitlines() if line.strip() != "..."]
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("#")):
        lines.pop(0)
    margin = " " * column
    return [f"{margin}- {lines[0]}", *(f"{margin}  {line}" if line.strip() else line for line in lines[1:])]


def _as_documents(text: str, spans: Sequence[DocumentSpan], new: Sequence[Submitted]) -> str:
    if text.lstrip().startswith("{"):
        raise NoPlaceError("a JSON file holds one object; a v1 List holds many", 0)
    end = line_break(text, line_end(text, 0))
    parts = [text]
    for number, one in enumerate(new):
        before = parts[-1]
        gap = end if before and not before.endswith(("\n", "\r")) else ""
        is_first = not spans and number == 0
        body = one.text if one.text.startswith("---") else f"---{end}{one.text}"
        parts.append(gap + (one.text if is_first else body))
    return "".join(parts)


def _declined(source: Source, why: str) -> Declined:
    finding = error(
        "JT791",
        "nothing can be added to this file without rewriting what stands there",
        Location(source.path),
        notes=(why,),
        help="add it by hand",
    )
    return Declined(diagnostics=(finding,), files={source.path: source.data})
