"""Names of Slurm as names of Kubernetes and of jobtree: readable, valid, and unique."""

import re
from collections.abc import Callable, Iterable, Mapping

_LONGEST = 63


def dns_label(text: str, *, longest: int = _LONGEST) -> str:
    """``Render_Video`` is ``render-video``; a name of which nothing is left is ``x``."""
    return _ends(re.sub(r"[^a-z0-9]+", "-", text.lower()), "-", longest)


def node_name(text: str) -> str:
    """Lower case; dots stay, as in ``h01.example``."""
    parts = (dns_label(part) for part in text.split(".") if part)
    return ".".join(parts)[:253].strip("-.") or "x"


def label_text(text: str) -> str:
    """A label's value, or the part of its name: letters, digits, ``-``, ``_`` and ``.``; the case stays."""
    return _ends(re.sub(r"[^A-Za-z0-9_.-]+", "-", text), "-_.", _LONGEST)


def _ends(text: str, soft: str, longest: int) -> str:
    return text.strip(soft)[:longest].strip(soft) or "x"


def unique(names: Iterable[str], form: Callable[[str], str], *, longest: int = _LONGEST) -> Mapping[str, str]:
    """A name of the form for each; where two would be equal, the later in the alphabet gets ``-2``, ``-3``.

    Names that differ in their case only count as equal. One that needs no change comes before one that does: nobody
    takes it away.
    """
    taken: set[str] = set()
    counts: dict[str, int] = {}
    given: dict[str, str] = {}
    for name in sorted(set(names), key=lambda name: (form(name) != name, name)):
        found = wanted = form(name)
        while found.lower() in taken:
            counts[wanted.lower()] = counts.get(wanted.lower(), 1) + 1
            found = f"{wanted[: longest - 8]}-{counts[wanted.lower()]}"
        taken.add(found.lower())
        given[name] = found
    return given
