"""The stories of examples/contention, told again: each script prints what is kept beside it.

``python -m tests.golden.walkthroughs`` renews what is kept.
"""

import subprocess
from pathlib import Path

import pytest

from tests.golden.walkthroughs import FOLDER, STORIES, environment, excerpts, kept, play, stands_in

READMES = {story: (FOLDER / story / "README.md").read_text(encoding="utf-8") for story in STORIES}
DRAWN = '"draws": ["nlp/bert"]'
VIOLATED = 4


def in_shell(command: str, place: Path) -> int:
    """The exit code of a command line in a folder."""
    return subprocess.run(
        ["sh", "-c", command], cwd=place, env=environment(), capture_output=True, check=False
    ).returncode


@pytest.mark.parametrize("story", STORIES)
def test_a_story_is_told_as_it_is_kept_and_leaves_a_fleet_that_is_compiled(story: str, tmp_path: Path) -> None:
    place = tmp_path / "fleet"
    told = play(story, place).split("\n")
    assert told == kept(story).read_text(encoding="utf-8").split("\n")
    last = [line for line in told if line.startswith("$ jobtree compile")][-1]
    assert in_shell(f"{last.removeprefix('$ ')} --check", place) == 0


def test_a_draw_that_was_changed_afterwards_is_found(tmp_path: Path) -> None:
    place = tmp_path / "fleet"
    play("budget-cut", place)
    plan = place / "rendered" / "plan.json"
    text = plan.read_text(encoding="utf-8")
    assert DRAWN in text
    plan.write_text(text.replace(DRAWN, DRAWN.replace("nlp/bert", "vision/detect")), encoding="utf-8")
    assert in_shell("jobtree verify . --lottery", place) == VIOLATED


@pytest.mark.parametrize("story", STORIES)
def test_a_story_ends_with_the_verifier(story: str) -> None:
    told = kept(story).read_text(encoding="utf-8").split("\n")
    assert "rendered: every invariant holds" in told
    assert told[-2].endswith(": each comes out as recorded")


@pytest.mark.parametrize("story", STORIES)
def test_its_readme_shows_what_the_script_prints(story: str) -> None:
    told, shown = kept(story).read_text(encoding="utf-8"), excerpts(READMES[story])
    assert len(shown) >= 2
    assert [excerpt for excerpt in shown if not stands_in(excerpt, told)] == []
    assert f"$ sh examples/contention/{story}/timeline.sh" in READMES[story]


def test_an_excerpt_that_is_not_printed_is_found() -> None:
    told = kept("budget-cut").read_text(encoding="utf-8")
    line = next(line for line in told.split("\n") if line.startswith("robots/grasp: Lottery"))
    assert stands_in(("...", line), told)
    assert not stands_in((line.replace("3 candidates", "4 candidates"),), told)


def test_the_six_stories_are_listed() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(STORIES) == 6
    assert [story for story in STORIES if f"[{story}]({story}/README.md)" not in index] == []
