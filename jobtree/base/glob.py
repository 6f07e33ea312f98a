"""Path globs of the owner registry: ``**`` crosses ``/``, ``*`` does not."""

import re
from functools import lru_cache


@lru_cache(maxsize=65_536)
def glob_matches(pattern: str, path: str) -> bool:
    """Whether the whole path matches: ``**`` is any text, ``*`` and ``?`` any text and any character without ``/``.

    Cost is tokens x characters whatever the pattern is: a regular expression of many ``**`` could take forever.
    """
    tokens = re.findall(r"\*\*|.", pattern, re.DOTALL)
    row = [True]
    for token in tokens:
        row.append(row[-1] and token in ("*", "**"))
    for char in path:
        following = [False]
        for index, token in enumerate(tokens):
            match token:
                case "**":
                    following.append(following[index] or row[index + 1])
                case "*":
                    following.append(following[index] or (row[index + 1] and char != "/"))
                case "?":
                    following.append(row[index] and char != "/")
                case _:
                    following.append(row[index] and char == token)
        row = following
    return row[-1]
