"""Names that jobtree accepts, for things that were called otherwise: equal inputs give equal names in any order."""

import hashlib
from collections.abc import Iterable, Mapping

LONGEST = 63


def labels(keys: Iterable[str], *, dots: bool = False) -> Mapping[str, str]:
    """Each key's name: unique, at most 63 characters a-z, 0-9 and - (and ``.``, with ``dots``).

    A key that is such a name keeps it. Another loses what does not fit, and gets eight digits of its hash if it was cut
    or if the name is somebody else's.
    """
    wanted = sorted(set(keys))
    names = {key: key for key in wanted if _plain(key, dots=dots) == key}
    taken = set(names.values())
    for key in wanted:
        if key not in names:
            names[key] = _free(key, _plain(key, dots=dots), taken)
            taken.add(names[key])
    return names


def _plain(key: str, *, dots: bool) -> str:
    kept = "".join(
        char if (char.isascii() and char.isalnum()) or (dots and char == ".") else "-" for char in key.lower()
    )
    return kept[:LONGEST].strip("-.") or "x"


def _free(key: str, name: str, taken: set[str]) -> str:
    if name not in taken and len(key) <= LONGEST:
        return name
    turn = 0
    while True:
        digest = hashlib.sha256(f"{turn}/{key}".encode()).hexdigest()[:8]
        tried = f"{name[: LONGEST - 9].rstrip('-.')}-{digest}"
        if tried not in taken:
            return tried
        turn += 1
