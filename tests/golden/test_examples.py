"""The example fleets, compiled from nothing, give the bytes that are checked in. `make golden` renews them.

The two small ones keep their whole output tree beside their inputs, as users do; the day of Philly keeps its seal,
which holds the hash of every file.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.golden.renew import EXAMPLES, Example, compile_example, expected

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda example: example.name)
def case(request: pytest.FixtureRequest) -> tuple[Example, Mapping[str, bytes]]:
    return request.param, compile_example(request.param)


def test_an_example_compiles_to_what_is_checked_in(case: tuple[Example, Mapping[str, bytes]]) -> None:
    example, tree = case
    golden = expected(example)
    assert sorted(golden) == sorted(path for path in tree if path in golden or example.whole)
    assert [path for path in golden if golden[path] != tree[path]] == []


def test_an_example_compiled_over_its_own_output_is_unchanged(case: tuple[Example, Mapping[str, bytes]]) -> None:
    example, tree = case
    assert compile_example(example, previous=tree) == tree
