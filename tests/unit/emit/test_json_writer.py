import json

from hypothesis import given
from hypothesis import strategies as st

from jobtree.emit.json_writer import write_json

SCALARS = (
    st.text(st.characters(), max_size=30)
    | st.integers()
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5), max_leaves=30
)


@given(VALUES)
def test_it_reads_back(value: object) -> None:
    assert json.loads(write_json(value)) == value


def test_scalars_share_a_line_and_keys_keep_their_order() -> None:
    pod = {"rank": 0, "node": "n1", "slots": [0, 1]}
    text = write_json({"runs": [pod, pod], "facts": {}}).decode()
    line = '{"rank": 0, "node": "n1", "slots": [0, 1]}'
    assert text == f'{{\n  "runs": [\n    {line},\n    {line}\n  ],\n  "facts": {{}}\n}}\n'


def test_what_does_not_fit_on_a_line_is_broken() -> None:
    text = write_json({"key": ["x" * 100, "y" * 100]}).decode()
    assert text.count("\n") == 6
