"""Whatever stands in a field, the loader answers with values, never with an exception."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.base.instant import Instant
from jobtree.load.history import read_history
from jobtree.load.loader import load
from jobtree.load.source import Source
from jobtree.load.yaml_reader import read_documents
from tests.unit.load.sample import SAMPLE
from tests.unit.load.test_history import LEASES, RESERVATION

Path = tuple[str | int, ...]

FACTS = {
    f"fact{index}": dict(document.data)
    for index, document in enumerate(read_documents(Source("f", (LEASES + "---\n" + RESERVATION).encode()))[0])
}
VALUES = st.sampled_from(
    [None, True, 0, -1, 3, 10**30, 1.5, "", "x", "*", "a/b/c", "é" * 300, "017", [], [1], ["x", "x"], [[]], {},
     {"x": 1}, {"": {"": []}}, [{"name": "x"}], [{"name": "x"}, {"name": "x"}], "t", "r", "deep", "2026-03-01",
     "1h", "org:a:*"]
)  # fmt: skip


def paths(data: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    steps = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, inner in steps:
        yield from paths(inner, (*path, step))


def changed(data: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    copied = copy.deepcopy(data)
    place: Any = copied
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copied


SPOTS = [(name, path) for name, document in SAMPLE.items() for path in paths(document)]
FACT_SPOTS = [(name, path) for name, document in FACTS.items() for path in paths(document)]


@settings(max_examples=250)
@given(st.lists(st.tuples(st.sampled_from(SPOTS), VALUES), min_size=1, max_size=3, unique_by=lambda pair: pair[0][0]))
def test_any_value_in_any_field(changes: list[tuple[tuple[str, Path], Any]]) -> None:
    documents: dict[str, dict[str, Any]] = dict(SAMPLE)
    for (name, path), value in changes:
        documents[name] = changed(documents[name], path, value)
    sources = [Source(f"{name}.yaml", json.dumps(document).encode()) for name, document in documents.items()]
    loading = load(sources, admissions={source.path: Instant(0) for source in sources})
    assert (loading.catalog is None) == any(finding.severity == "error" for finding in loading.diagnostics)


@settings(max_examples=100)
@given(st.sampled_from(FACT_SPOTS), VALUES)
def test_any_value_in_any_fact(spot: tuple[str, Path], value: Any) -> None:
    name, path = spot
    documents = FACTS | {name: changed(FACTS[name], path, value)}
    read_history([Source(f"{one}.yaml", json.dumps(document).encode()) for one, document in documents.items()])
