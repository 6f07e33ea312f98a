"""Documents and the commands they show.

Commands stand in fenced ``sh`` and ``console`` blocks, after ``$ ``. Lines below a command in a ``console`` block are
its output, standard error first, where ``...`` alone on a line stands for any lines. ``<!-- exit: 1 -->`` on the line
above a fence says that its commands end with that code.

Of most documents the ``jobtree`` and ``kubectl runs`` commands are run, each once. A guide tells a story: all its
commands are run, in their order, in a folder of their own that has the examples, with a git that knows no settings and
one instant. There, a ``yaml`` block whose first line is ``# fleet/runs/mine.yaml`` is written to that file.

    python -m tests.docs.documents [FILE ...]

runs every command and rewrites the output, of all documents if no file is named. A paragraph with ``...`` keeps as many
lines before and after it as it had.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "you"), ("EMAIL", "you@example.com"), ("DATE", "2026-03-02T09:00:00Z"))
    },
}
FENCE = re.compile(r"(?:^<!-- exit: (\d+) -->\n+)?^```(sh|console|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# ([a-z][a-z0-9/.-]*\.yaml)\n")
ELISION = "..."
COMMANDS = ("jobtree ", "kubectl runs ")


@dataclass(frozen=True)
class Shown:
    """A command as a document shows it; ``output`` is None where none is shown."""

    line: str
    exit_code: int
    output: tuple[str, ...] | None


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    exit_code: int
    output: tuple[str, ...]


def documents() -> tuple[Path, ...]:
    """README first, so that it compiles the examples that later documents explain."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    below = [
        path for folder in ("examples", "bench", "deploy", "docs") for path in sorted((ROOT / folder).rglob("*.md"))
    ]
    return (*top, *below)


def is_story(path: Path) -> bool:
    return GUIDES in path.parents


def shown(text: str, *, story: bool = False) -> tuple[Shown, ...]:
    return tuple(command for match in FENCE.finditer(text) for command in _commands(match, story=story))


def _commands(match: re.Match[str], *, story: bool) -> Iterator[Shown]:
    exit_code, language, body = int(match[1] or 0), match[2], match[3]
    if language == "yaml":
        named = NAMED.match(body)
        if story and named:
            yield Shown(f"cat > {named[1]} <<'END'\n{body}END", 0, None)
        return
    for chunk in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, *output = chunk.rstrip("\n").split("\n")
        if story or line.startswith(COMMANDS):
            yield Shown(line, exit_code, tuple(output) if language == "console" else None)


class Workspace:
    """A copy of the examples and of deploy/ in which commands run, each only once; each time, if it is for a story."""

    def __init__(self, folder: Path, *, story: bool = False) -> None:
        self.folder, self.story = folder, story
        self.ran: dict[str, Ran] = {}
        for name in ("deploy", "examples"):
            shutil.copytree(ROOT / name, folder / name)

    def run(self, line: str) -> Ran:
        if self.story or line not in self.ran:
            self.ran[line] = self._run(line)
        return self.ran[line]

    def _run(self, line: str) -> Ran:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env={**os.environ, **GIT, "PATH": path},
            capture_output=True,
            check=False,
        )
        text = done.stderr.decode() + done.stdout.decode()
        return Ran(done.returncode, tuple(row.rstrip() for row in text.rstrip("\n").split("\n")) if text else ())


def fits(expected: tuple[str, ...], actual: tuple[str, ...]) -> bool:
    """Line by line, ``...`` standing for any number of lines."""
    if not expected:
        return not actual
    first, rest = expected[0], expected[1:]
    if first.strip() == ELISION:
        return any(fits(rest, actual[skip:]) for skip in range(len(actual) + 1))
    return bool(actual) and first.rstrip() == actual[0] and fits(rest, actual[1:])


def fault(command: Shown, ran: Ran) -> str | None:
    """What is wrong with a command as shown, or None."""
    if ran.exit_code != command.exit_code:
        return f"$ {command.line}\nended with {ran.exit_code}, not {command.exit_code}:\n" + "\n".join(ran.output)
    if command.output is not None and not fits(command.output, ran.output):
        return f"$ {command.line}\nprints something else:\n" + "\n".join(ran.output)
    return None


def refreshed(text: str, workspace: Workspace) -> str:
    """The text with the real output of each command in a ``console`` block, elided as it was."""

    def block(match: re.Match[str]) -> str:
        commands = tuple(_commands(match, story=workspace.story))
        if match[2] != "console":
            for command in commands:
                workspace.run(command.line)
            return match[0]
        rows = [
            row
            for command in commands
            for row in (f"$ {command.line}", *elided(workspace.run(command.line).output, command.output or ()))
        ]
        return match[0].replace(match[3], "".join(f"{row}\n" for row in rows))

    return FENCE.sub(block, text)


def elided(actual: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    """Paragraph by paragraph, in order; one that had no counterpart before is shown whole."""
    old, new = _paragraphs(before), _paragraphs(actual)
    old += [()] * (len(new) - len(old))
    shortened = [_shorten(paragraph, earlier) for paragraph, earlier in zip(new, old, strict=False)]
    return tuple(row for paragraph in shortened for row in ("", *paragraph))[1:]


def _paragraphs(rows: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(part.split("\n")) for part in "\n".join(rows).split("\n\n")]


def _shorten(paragraph: tuple[str, ...], earlier: tuple[str, ...]) -> tuple[str, ...]:
    marks = [index for index, row in enumerate(earlier) if row.strip() == ELISION]
    head, tail = (marks[0], len(earlier) - marks[0] - 1) if len(marks) == 1 else (len(paragraph), 0)
    if head + tail >= len(paragraph):
        return paragraph
    return (*paragraph[:head], earlier[head], *paragraph[len(paragraph) - tail :])


def anchors(text: str) -> frozenset[str]:
    """Anchors of headings as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def links(text: str) -> tuple[str, ...]:
    """Targets of links that lead to a file or a heading of this repository."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return tuple(target for target in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in target)


def rewrite(paths: Sequence[Path], scratch: Path) -> None:
    """All of them; those that are no stories share a workspace, in their order."""
    shared = Workspace(scratch / "shared")
    for number, path in enumerate(paths):
        workspace = Workspace(scratch / f"story-{number}", story=True) if is_story(path) else shared
        path.write_text(refreshed(path.read_text(encoding="utf-8"), workspace), encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        rewrite([Path(name).resolve() for name in sys.argv[1:]] or documents(), Path(place))
