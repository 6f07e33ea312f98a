"""Every field has a reader: taking any optional one away changes the catalog or what is said (semantics.md 3)."""

import copy
import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from jobtree.base.instant import Instant
from jobtree.load.loader import Loading, load
from jobtree.load.source import Source
from jobtree.load.wire.kinds import KINDS
from tests.unit.load.sample import SAMPLE

Path = tuple[str | int, ...]
CREATED = "creationTimestamp"

BUNDLE = Source("shipped.yaml", json.dumps(SAMPLE["policy"]).encode())
NOT_OURS = {"labels", "annotations", "status"}
"""Metadata that belongs to Kubernetes and its tools, and what only a cluster writes."""


def read(documents: dict[str, dict[str, Any]]) -> Loading:
    sources = [Source(f"{name}.yaml", json.dumps(document).encode()) for name, document in documents.items()]
    admissions = {source.path: Instant(0) for source in sources}
    loading = load(sources, admissions=admissions, bundles={"shipped": BUNDLE})
    return Loading(catalog=loading.catalog, inputs=(), diagnostics=loading.diagnostics)


def model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for found in map(model_of, get_args(annotation)) if found is not None), None)


def fields(model: type[BaseModel], seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """(model, field) for every field of a model and of those within it."""
    if model.__name__ in seen:
        return
    for name, field in model.model_fields.items():
        yield model.__name__, str(field.alias or name)
        inner = model_of(field.annotation)
        if inner is not None:
            yield from fields(inner, seen | {model.__name__})


def present(model: type[BaseModel], data: Any, path: Path = ()) -> Iterator[tuple[Path, str, str, bool]]:
    """Path, model, field and whether it is required, for every field of the data."""
    for name, field in model.model_fields.items():
        alias = str(field.alias or name)
        if alias not in data:
            continue
        yield (*path, alias), model.__name__, alias, field.is_required()
        inner, value = model_of(field.annotation), data[alias]
        if inner is None:
            continue
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from present(inner, item, (*path, alias, index))
        elif isinstance(value, dict):
            yield from present(inner, value, (*path, alias))


def without(data: dict[str, Any], path: Path) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return changed


FOUND = [
    (name, path, model, field, required)
    for name, document in SAMPLE.items()
    for path, model, field, required in present(KINDS[document["kind"]], document)
]


def test_the_sample_is_sound() -> None:
    assert read(SAMPLE).catalog is not None, read(SAMPLE).diagnostics


def test_the_sample_has_every_field() -> None:
    kinds = {document["kind"] for document in SAMPLE.values()}
    every = {one for kind in kinds for one in fields(KINDS[kind]) if one[1] not in NOT_OURS}
    every -= {one for one in every if one[0] == "RunStatus" or one == ("ClusterMetadata", CREATED)}
    assert every - {(model, field) for _, _, model, field, _ in FOUND} == set()


@pytest.mark.parametrize(
    ("name", "path"),
    [(name, path) for name, path, _, field, required in FOUND if not required and field not in NOT_OURS],
    ids=lambda value: value if isinstance(value, str) else ".".join(map(str, value)),
)
def test_taking_a_field_away_is_noticed(name: str, path: Path) -> None:
    assert read(SAMPLE | {name: without(SAMPLE[name], path)}) != read(SAMPLE)
