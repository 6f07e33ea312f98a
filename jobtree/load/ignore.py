"""``.jobtreeignore``: which paths are no input. A subset of gitignore.

One pattern a line; ``#`` comments and blank lines are skipped; ``!`` takes back; a trailing ``/`` means folders only;
a pattern with a ``/`` before its end is anchored at the root, any other matches at every depth; ``*`` and ``?`` stay
within a segment, ``**`` crosses segments, ``[abc]`` is a class; the last match wins; nothing below an ignored folder
comes back. Not in the subset: backslash escapes, trailing-space quoting, ignore files below the root.
"""

import re
from dataclasses import dataclass

IGNORE_FILE = ".jobtreeignore"
_TOKEN = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?[^\]/]+\]|.", re.DOTALL)
_FIXED = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    pattern: re.Pattern[str]
    keeps: bool
    folders_only: bool


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """Rules in the order of the file."""

    rules: tuple[_Rule, ...] = ()

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether a path relative to the root is no input, by itself; its parents are asked before it."""
        verdict = False
        for rule in self.rules:
            if (is_folder or not rule.folders_only) and rule.pattern.fullmatch(path):
                verdict = not rule.keeps
        return verdict


def parse_ignore(text: str) -> IgnoreRules:
    """Reads the file's text; every text is valid."""
    lines = (line.strip() for line in text.splitlines())
    return IgnoreRules(tuple(_rule(line) for line in lines if line.strip("/!") and not line.startswith("#")))


def _rule(line: str) -> _Rule:
    keeps, line = line.startswith("!"), line.removeprefix("!")
    folders_only, line = line.endswith("/"), line.rstrip("/")
    anchored = "/" in line
    body = "".join(map(_piece, _TOKEN.findall(line.removeprefix("/"))))
    return _Rule(
        pattern=re.compile(body if anchored else f"(?:.*/)?{body}", re.DOTALL), keeps=keeps, folders_only=folders_only
    )


def _piece(token: str) -> str:
    if token in _FIXED:
        return _FIXED[token]
    if token.startswith("[") and len(token) > 1:
        inner = token[1:-1]
        negated, inner = inner.startswith("!"), inner.removeprefix("!")
        escaped = inner.replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^").replace("&", "\\&")
        return f"[{'^' if negated else ''}{escaped}]" if inner else re.escape(token)
    return re.escape(token)
