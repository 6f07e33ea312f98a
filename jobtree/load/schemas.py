"""JSON Schemas for editors and CRDs for clusters, generated from the wire models.

``python -m jobtree.load.schemas DIR`` writes them. They are checked in under ``schemas/``; a test fails when they
drift. Everything is JSON, which is YAML too.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobtree.load.crd_rules import NAMES
from jobtree.load.crds import crd
from jobtree.load.wire.kinds import KINDS
from jobtree.load.wire.metadata import GROUP

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SCALARS = frozenset({"boolean", "integer", "number", "string"})


def editor_schema(kind: str) -> dict[str, Any]:
    """Draft 2020-12. Titles that only repeat a field's name are left out; lists of scalars hold nothing twice."""
    schema = KINDS[kind].model_json_schema(by_alias=True)
    tidied: dict[str, Any] = _tidy(schema, schema.get("$defs", {}))
    return {"$schema": DRAFT, "$id": f"https://{GROUP}/v1/{kind.lower()}.json", "title": kind, **tidied}


def _tidy(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_tidy(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    tidied = {key: _tidy(value, definitions) for key, value in node.items() if not _is_title(key, value)}
    if node.get("type") == "array" and node.get("items", {}).get("type") in _SCALARS:
        tidied["uniqueItems"] = True
    return tidied


def _is_title(key: str, value: object) -> bool:
    """Whether it is the keyword, not a field that happens to be called title."""
    return key == "title" and isinstance(value, str)


def render() -> dict[str, str]:
    """Every file under ``schemas/``: path to text."""
    files = {f"{kind.lower()}.json": editor_schema(kind) for kind in KINDS}
    files |= {f"crds/{naming.plural}.json": crd(kind) for kind, naming in NAMES.items()}
    return {
        path: json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for path, content in sorted(files.items())
    }


def main() -> None:
    """Writes the files below the directory that is named."""
    root = Path(sys.argv[1])
    for path, text in render().items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
