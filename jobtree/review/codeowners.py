"""CODEOWNERS from the owner registry: who is asked to review which path, on GitHub and GitLab."""

import re
from collections.abc import Iterator

from jobtree.model.fleet import Fleet, OwnerEntry

HEADER = "# Written by `jobtree export codeowners` from the owners of fleet.yaml: edit those."
_ACCOUNT = re.compile(r"@[A-Za-z0-9_./-]+|[A-Za-z0-9_.+-]+@[A-Za-z0-9_.-]+")
_MEANT = re.compile(r"[#!\[\]]")
_WILD = re.compile(r"[*?]")


def codeowners(fleet: Fleet, *, prefix: str = "") -> str:
    """A line for each path that an owner with approvers has; of two that match, the last counts, so narrow ones follow.

    Approvers that are no account (``@name``, ``@group/team``, or an address) are left out, as are paths with characters
    that would mean something else there. ``prefix`` is the fleet's folder in the repository, with a ``/`` at its end.
    """
    accounts: dict[str, dict[str, None]] = {}
    for path, account in (pair for entry in fleet.owners for pair in _pairs(entry)):
        accounts.setdefault(path, {})[account] = None
    ordered = sorted(accounts, key=lambda path: (len(_WILD.split(path, maxsplit=1)[0]), path))
    return "\n".join([HEADER, *(f"/{prefix}{path} {' '.join(accounts[path])}" for path in ordered)]) + "\n"


def _pairs(entry: OwnerEntry) -> Iterator[tuple[str, str]]:
    for path in entry.paths:
        if not _MEANT.search(path):
            yield from ((path, name) for name in entry.approvers if _ACCOUNT.fullmatch(name))
