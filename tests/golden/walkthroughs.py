"""The walkthroughs of examples/contention and of examples/review: what their scripts print, and where it is kept.

Run as a module, it renews every ``timeline.txt``, and ``review.txt``. The excerpts in READMEs are written by hand.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.docs.documents import ELISION, ROOT, fits

FOLDER = ROOT / "examples" / "contention"
REVIEW = ROOT / "examples" / "review"
STORIES = tuple(sorted(script.parent.name for script in FOLDER.glob("*/timeline.sh")))


def environment() -> dict[str, str]:
    """The jobtree beside this Python first, and a terminal that is always the same."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    inherited = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "CLICOLOR_FORCE")}
    return {**inherited, "PATH": path, "COLUMNS": "160", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}


def play(story: str, place: Path) -> str:
    """What the script of a story prints; its fleet is left in the new folder ``place``."""
    return play_script(FOLDER / story / "timeline.sh", place)


def play_script(script: Path, place: Path) -> str:
    """What a script prints that is given a new folder to play in; it must end well."""
    done = subprocess.run(["sh", script, place], env=environment(), capture_output=True, check=False)
    text = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b""), f"{script}\n{text}\n{done.stderr.decode()}"
    return text


def kept(story: str) -> Path:
    return FOLDER / story / "timeline.txt"


def excerpts(document: str) -> tuple[tuple[str, ...], ...]:
    """The ``text`` blocks of a document, line by line."""
    blocks = re.findall(r"^```text\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
    return tuple(tuple(block.rstrip("\n").split("\n")) for block in blocks)


def stands_in(excerpt: tuple[str, ...], text: str) -> bool:
    """Whether the lines stand in the text as they are, ``...`` for any lines between them."""
    return fits((ELISION, *excerpt, ELISION), tuple(text.split("\n")))


def renew(story: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        kept(story).write_text(play(story, Path(scratch) / "fleet"), encoding="utf-8")


if __name__ == "__main__":
    for each in STORIES:
        renew(each)
    with tempfile.TemporaryDirectory() as room:
        told = play_script(REVIEW / "review.sh", Path(room) / "fleet")
    (REVIEW / "review.txt").write_text(told, encoding="utf-8")
