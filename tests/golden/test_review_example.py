"""examples/review, played again: its script prints what is kept beside it, and its README shows nothing else."""

from pathlib import Path

from jobtree.review.markdown import marker
from tests.golden.walkthroughs import REVIEW, excerpts, play_script, stands_in

README = (REVIEW / "README.md").read_text(encoding="utf-8")
KEPT = (REVIEW / "review.txt").read_text(encoding="utf-8")


def test_the_script_prints_what_is_kept(tmp_path: Path) -> None:
    assert play_script(REVIEW / "review.sh", tmp_path / "fleet").split("\n") == KEPT.split("\n")


def test_its_readme_shows_what_the_script_prints() -> None:
    shown = excerpts(README)
    assert len(shown) >= 3
    assert [excerpt for excerpt in shown if not stands_in(excerpt, KEPT)] == []
    assert marker(".") in KEPT
