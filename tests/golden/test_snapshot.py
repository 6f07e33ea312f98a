"""The example snapshot is what a cluster would hold after the story's compiles. `make golden` renews it."""

from tests.golden.snapshot import KEPT, snapshot


def test_the_snapshot_is_that_of_the_story() -> None:
    assert KEPT.read_bytes() == snapshot()
