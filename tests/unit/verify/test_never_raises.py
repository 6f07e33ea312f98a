"""Whatever bytes it is given, the checker answers with violations and never raises."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.verify import verify
from tests.unit.verify.world import honest

INPUTS, TREE = honest().files()
FILES = [("inputs", path) for path in sorted(INPUTS)] + [("tree", path) for path in sorted(TREE)]
SCALARS = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        8,
        10**9,
        10**17,
        10**25,
        "",
        "x",
        "a/b/c",
        "a-01",
        "0x1",
        "9999-12-31T23:59:59Z",
        "1d",
        "*",
    ]
)
VALUES = st.recursive(
    SCALARS | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["start", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=4,
)


def answer(side: str, path: str, data: bytes) -> tuple[Any, ...]:
    inputs, tree = dict(INPUTS), dict(TREE)
    (inputs if side == "inputs" else tree)[path] = data
    return verify(inputs, tree, previous=TREE)


@settings(max_examples=150)
@given(st.sampled_from(FILES), st.data())
def test_on_bytes_that_were_cut_and_pasted(where: tuple[str, str], data: st.DataObject) -> None:
    side, path = where
    content = (INPUTS if side == "inputs" else TREE)[path]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    patch = data.draw(
        st.binary(max_size=8) | st.sampled_from([b"\n", b"- ", b": ", b"{", b"]", b"&a ", b"0", b"null", b"\xff"])
    )
    changed = content[:start] + patch + content[end:]
    assert isinstance(answer(side, path, changed), tuple)
    if changed != content:
        assert answer(side, path, changed), "a changed byte breaks the seal or the digest at least"


@settings(max_examples=300)
@given(st.sampled_from(["plan.json", "plan.lock.json", "seal.json", *sorted(INPUTS)]), st.data())
def test_on_values_that_were_replaced(path: str, data: st.DataObject) -> None:
    side = "inputs" if path in INPUTS else "tree"
    documents = [json.loads(part) for part in (INPUTS if side == "inputs" else TREE)[path].decode().split("---\n")]
    holder: Any = {"root": documents[data.draw(st.integers(0, len(documents) - 1))]}
    key: Any = "root"
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.integers(0, 9)):
        holder = holder[key]
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    if holder is not None and not (key == "root" and "root" in holder):
        holder[key] = data.draw(VALUES)
    changed = "---\n".join(json.dumps(document) + "\n" for document in documents).encode()
    assert isinstance(answer(side, path, changed), tuple)


@settings(max_examples=100)
@given(st.dictionaries(st.text(max_size=8), st.binary(max_size=30), max_size=3))
def test_on_anything(files: dict[str, bytes]) -> None:
    assert verify(files, files)
    assert verify(INPUTS, {**TREE, **files}) or not files
