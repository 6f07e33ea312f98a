"""Whatever bytes it is given, the checker answers with violations and never raises."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.verify import replay, verify
from tests.unit.verify.chain import chained
from tests.unit.verify.later import later

WORLD = later()
INPUTS, TREE = WORLD.files()
LEDGER, EARLIER = WORLD.ledger(), WORLD.previous() or {}
SIDES = {"inputs": INPUTS, "tree": TREE, "ledger": LEDGER, "previous": EARLIER}
FILES = [(side, path) for side, files in SIDES.items() for path in sorted(files)]
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
    sides = {name: dict(files) for name, files in SIDES.items()}
    sides[side][path] = data
    assert isinstance(replay(sides["ledger"], sides["tree"]), tuple)
    return verify(sides["inputs"], sides["tree"], previous=sides["previous"], ledger=sides["ledger"])


@settings(max_examples=150)
@given(st.sampled_from(FILES), st.data())
def test_on_bytes_that_were_cut_and_pasted(where: tuple[str, str], data: st.DataObject) -> None:
    side, path = where
    content = SIDES[side][path]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    patch = data.draw(
        st.binary(max_size=8) | st.sampled_from([b"\n", b"- ", b": ", b"{", b"]", b"&a ", b"0", b"null", b"\xff"])
    )
    changed = content[:start] + patch + content[end:]
    assert isinstance(answer(side, path, changed), tuple)
    if changed != content and side != "previous":
        assert answer(side, path, changed), "a changed byte breaks seal, digest or chain at least"


@settings(max_examples=300)
@given(st.sampled_from([one for one in FILES if one[0] in ("inputs", "ledger") or one[1].endswith(".json")]), st.data())
def test_on_values_that_were_replaced(where: tuple[str, str], data: st.DataObject) -> None:
    side, path = where
    mark = "" if side == "ledger" else "---\n"
    text = SIDES[side][path].decode()
    documents = [json.loads(part) for part in (text.splitlines() if side == "ledger" else text.split(mark))]
    holder: Any = {"root": documents[data.draw(st.integers(0, len(documents) - 1))]}
    key: Any = "root"
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.integers(0, 9)):
        holder = holder[key]
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    if holder is not None and not (key == "root" and "root" in holder):
        holder[key] = data.draw(VALUES)
    if side == "ledger":
        changed = chained((path.removesuffix(".jsonl"), strip(document)) for document in documents)
        assert all(isinstance(answer(side, name, found), tuple) for name, found in changed.items())
    else:
        written = mark.join(json.dumps(document) + "\n" for document in documents).encode()
        assert isinstance(answer(side, path, written), tuple)


def strip(line: Any) -> Any:
    return {key: value for key, value in line.items() if key != "previous"} if isinstance(line, dict) else {}


@settings(max_examples=100)
@given(st.dictionaries(st.text(max_size=8), st.binary(max_size=30), max_size=3))
def test_on_anything(files: dict[str, bytes]) -> None:
    assert verify(files, files)
    assert verify(INPUTS, {**TREE, **files}, ledger=LEDGER) or not files
    assert verify(INPUTS, TREE, ledger={**LEDGER, **files}) or not files
