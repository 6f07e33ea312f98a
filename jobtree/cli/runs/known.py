"""Names of runs, owners and namespaces for completion, found by a quick look that may miss some.

The standard library alone; a few mebibytes at most, whatever there is.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

MOST = 8 * 1024 * 1024
"""Bytes that are looked at."""

_GROUP, _FIRST_LINE = "rq.davidlangworthy.io/", 60
_BEGIN = re.compile(r"^ {0,2}(?:- )?[\"']?apiVersion[\"']?:", re.MULTILINE)
_KIND = re.compile(r"^ *(?:- )?kind:\s*[\"']?(\w+)", re.MULTILINE)
_METADATA = re.compile(r"^( *)metadata:(?: *\{([^}]*)\}|.*((?:\n\1 +.*)*))", re.MULTILINE)
_OWNER = re.compile(r"\bowner:\s*[\"']?([\w.:/-]+)")
_PLANNED = re.compile(r'"run": "([^"/]+)/([^"]+)",\s*"owner": "([^"]+)"')
_SAFE = re.compile(r"[\w.:/-]+", re.ASCII)


class Known(NamedTuple):
    """Runs as (namespace, name), owners, namespaces: sorted."""

    runs: tuple[tuple[str, str], ...] = ()
    owners: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()


class _Object(NamedTuple):
    kind: str
    namespace: str
    name: str
    owner: str


def known(*, state: str | None, repo: str | None) -> Known:
    """What a snapshot says, or what was planned last in a repository; nothing for a cluster, which would take long."""
    if state is not None:
        return _summed(_of_snapshot(Path(state).expanduser()))
    if repo is not None:
        return _summed(_of_repository(Path(repo).expanduser()))
    return Known()


def _summed(objects: Iterator[_Object]) -> Known:
    found = [one for one in objects if all(_SAFE.fullmatch(word) for word in (one.namespace, one.name))]
    runs = {(one.namespace, one.name) for one in found if one.kind == "Run"}
    owners = {one.owner for one in found if _SAFE.fullmatch(one.owner)}
    return Known(tuple(sorted(runs)), tuple(sorted(owners)), tuple(sorted({space for space, _ in runs})))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MOST).decode("utf-8", errors="replace")
    except OSError:
        return ""


def _of_snapshot(path: Path) -> Iterator[_Object]:
    text = _text(path)
    if text.lstrip()[:1] == "{":
        yield from _of_json(text)
        return
    begins = [match.start() for match in _BEGIN.finditer(text)]
    for begin, end in zip(begins, [*begins, len(text)][1:], strict=True):
        if _GROUP in text[begin : begin + _FIRST_LINE]:  # most of a snapshot are nodes
            yield from _of_yaml(text[begin:end])


def _of_yaml(text: str) -> Iterator[_Object]:
    kind, metadata, owner = _KIND.search(text), _METADATA.search(text), _OWNER.search(text)
    if kind is None or metadata is None:
        return
    body = metadata[2] or _shallow(metadata[3] or "")
    yield _Object(kind[1], _field(body, "namespace"), _field(body, "name"), owner[1] if owner else "")


def _shallow(block: str) -> str:
    """The lines of a block mapping itself, without those of what is in it."""
    lines = [line for line in block.split("\n") if line.strip()]
    depth = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "\n".join(line for line in lines if line[depth : depth + 1].strip())


def _field(body: str, name: str) -> str:
    found = re.search(rf"(?:^|[\s,]){name}:\s*[\"']?([\w.-]+)", body)
    return found[1] if found else ""


def _of_json(text: str) -> Iterator[_Object]:
    try:
        data: Any = json.loads(text)
        for item in data.get("items", [data]):
            metadata = item.get("metadata", {})
            owner = item.get("spec", {}).get("owner", "")
            names = (metadata.get("namespace", ""), metadata.get("name", ""))
            yield _Object(str(item.get("kind")), str(names[0]), str(names[1]), str(owner))
    except (ValueError, AttributeError, TypeError, RecursionError):
        return


def _of_repository(root: Path) -> Iterator[_Object]:
    """From the plan; where there is none, from the names of what was delivered."""
    text = _text(root / "rendered" / "plan.json")
    for match in _PLANNED.finditer(text):
        yield _Object("Run", match[1], match[2], match[3])
    if not text:
        for kind in ("leases", "reservations"):
            for path in sorted(root.glob(f"rendered/*/*/{kind}/*.yaml")):
                yield _Object("Run", path.parent.parent.name, path.stem, "")
