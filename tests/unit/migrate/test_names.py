"""Names are valid, unique, and the same whatever order they are asked in."""

import re

from hypothesis import given
from hypothesis import strategies as st

from jobtree.migrate.names import labels

KEYS = st.lists(st.text(st.sampled_from("ab.- X_é"), max_size=70), unique=True)


@given(KEYS, st.booleans())
def test_names_are_valid_and_unique(keys: list[str], dots: bool) -> None:
    names = labels(keys, dots=dots)
    assert len(set(names.values())) == len(keys)
    middle = "[-a-z0-9.]" if dots else "[-a-z0-9]"
    assert all(re.fullmatch(rf"[a-z0-9]({middle}{{0,61}}[a-z0-9])?", name) for name in names.values())


@given(KEYS, st.randoms(use_true_random=False))
def test_the_order_means_nothing(keys: list[str], random: object) -> None:
    shuffled = list(keys)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert labels(keys) == labels(shuffled)


def test_a_name_that_is_fine_is_kept_even_if_others_would_like_it() -> None:
    names = labels(["a.b", "a-b", "a_b"])
    assert names["a-b"] == "a-b"
    assert sorted(names) == ["a-b", "a.b", "a_b"]
    assert all(name.startswith("a-b-") for key, name in names.items() if key != "a-b")
