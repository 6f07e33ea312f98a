"""``.jobtreeignore``: which paths are no input. A subset of gitignore.

One pattern a line; ``#`` comments and blank lines are skipped; ``!`` takes back; a trailing ``/`` means folders only;
a pattern with a ``/`` before its end is anchored at the root, any other matches at every depth; ``*`` and ``?`` stay
within a segment, ``**`` crosses segments, ``[abc]`` is a class; the last match wins; nothing below an ignored folder
comes back. Not in the subset: backslash escapes, trailing-space quoting, ignore files below the root.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

IGNORE_FILE = ".jobtreeignore"
MOST_LINES = 1_000
_TOKEN = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?[^\]/]+\]|.", re.DOTALL)

Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of a pattern: it takes a character that ``takes`` likes, any number of them if ``repeats``.

    ``skips`` is the number of steps that may be left out from here.
    """

    takes: Test
    repeats: bool = False
    skips: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    steps: tuple[_Step, ...]
    keeps: bool
    folders_only: bool


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """Rules in the order of the file."""

    rules: tuple[_Rule, ...] = ()

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether a path relative to the root is no input, by itself; its parents are asked before it."""
        for rule in reversed(self.rules):
            if (is_folder or not rule.folders_only) and _matches(rule.steps, path):
                return not rule.keeps
        return False


def parse_ignore(text: str) -> IgnoreRules:
    """Reads the file's text; every text is valid."""
    lines = (line.strip() for line in text.splitlines())
    return IgnoreRules(tuple(_rule(line) for line in lines if line.strip("/!") and not line.startswith("#")))


def _rule(line: str) -> _Rule:
    keeps, line = line.startswith("!"), line.removeprefix("!")
    folders_only, line = line.endswith("/"), line.rstrip("/")
    anywhere = "" if "/" in line else "**/"
    steps = tuple(step for token in _TOKEN.findall(anywhere + line.removeprefix("/")) for step in _steps(token))
    return _Rule(steps=steps, keeps=keeps, folders_only=folders_only)


def _steps(token: str) -> Iterator[_Step]:
    match token:
        case "**/":  # nothing, or any text that ends in a slash
            yield _Step(_never, skips=3)
            yield _Step(_always, repeats=True, skips=1)
            yield _Step("/".__eq__)
        case "/**":
            yield _Step("/".__eq__)
            yield _Step(_always, repeats=True, skips=1)
        case "**":
            yield _Step(_always, repeats=True, skips=1)
        case "*":
            yield _Step("/".__ne__, repeats=True, skips=1)
        case "?":
            yield _Step("/".__ne__)
        case _ if token.startswith("[") and len(token) > 1:
            yield _Step(_class(token[1:-1]))
        case _:
            yield _Step(token.__eq__)


def _never(_: str) -> bool:
    return False


def _always(_: str) -> bool:
    return True


def _class(inner: str) -> Test:
    """``a-z_`` or ``!a-z_``; a range that runs backwards holds nothing."""
    negated, inner = inner.startswith("!"), inner.removeprefix("!")
    ranges = [(found[0], found[-1]) for found in re.findall(r".-.|.", inner, re.DOTALL)]

    def test(char: str) -> bool:
        return char != "/" and any(low <= char <= high for low, high in ranges) is not negated

    return test


def _matches(steps: tuple[_Step, ...], path: str) -> bool:
    """Follows all ways through the steps at once: the cost is steps times characters, whatever the pattern is."""
    active = _with_skips(steps, {0})
    for char in path:
        moved = {at + (not steps[at].repeats) for at in active if at < len(steps) and steps[at].takes(char)}
        if not moved:
            return False
        active = _with_skips(steps, moved)
    return len(steps) in active


def _with_skips(steps: tuple[_Step, ...], active: set[int]) -> set[int]:
    """With the places that are reached without a character."""
    waiting = list(active)
    while waiting:
        at = waiting.pop()
        for further in _further(steps, at):
            if further not in active:
                active.add(further)
                waiting.append(further)
    return active


def _further(steps: tuple[_Step, ...], at: int) -> Iterator[int]:
    if at < len(steps) and steps[at].skips:
        yield at + steps[at].skips
        if steps[at].skips > 1:  # the step that takes nothing: the one after it begins here
            yield at + 1
