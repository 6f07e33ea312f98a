"""The example clusters of other schedulers give the fleets that are checked in. `make golden` renews them."""

from pathlib import Path

import pytest

from tests.golden.imports import IMPORTED, Imported, tree


@pytest.mark.parametrize("example", IMPORTED, ids=lambda example: example.scheduler)
def test_an_import_writes_what_is_checked_in(example: Imported, tmp_path: Path) -> None:
    assert example.write(tmp_path / "fleet") == 0
    assert tree(tmp_path / "fleet") == tree(example.kept)
