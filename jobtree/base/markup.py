"""Text of a repository as Markdown that shows just that text: no link, mention, tag, image or table cell of its own."""

import re

from jobtree.base.plain import plain

LONGEST = 2_000
"""Characters of one text of a repository."""
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~$]")
_ENTITIES = {"<": "&lt;", ">": "&gt;"}
_BREAK = "\u200b"
_LINKS = re.compile(r"@|#|!|://|www\.|GH-")


def escaped(text: object) -> str:
    """The text on one line, at most ``LONGEST`` characters of it; what would link to anything has a break in it."""
    shown = _LINKS.sub(lambda found: found[0][0] + _BREAK + found[0][1:], plain(text)[:LONGEST].replace("&", "&amp;"))
    return _MARKUP.sub(lambda found: _ENTITIES.get(found[0], "\\" + found[0]), shown)
