"""Quantities as Kubernetes writes them, as whole GPUs."""

import re
from dataclasses import dataclass
from fractions import Fraction

from jobtree.migrate.cursor import Cursor

MOST_GPUS = 1_000_000
"""The most that an envelope or a run may have."""

_WRITTEN = re.compile(
    r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?[0-9]{1,2}))?", re.ASCII
)
_DECIMAL = {suffix: Fraction(1000) ** power for power, suffix in enumerate("num", start=-3)}
_DECIMAL |= {suffix: Fraction(1000) ** power for power, suffix in enumerate("kMGTPE", start=1)}
_BINARY = {f"{suffix}i": Fraction(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpus:
    """``written`` as it stands, and the whole GPUs in it that can be expressed: never more than is written."""

    written: str
    whole: int
    exact: bool


def gpus(cursor: Cursor) -> Gpus | None:
    """GPUs in a quantity; JT181 if it is none."""
    value = cursor.value
    if value is None:
        return None
    text = str(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        cursor.complain("a quantity of GPUs such as 8")
        return None
    number = Fraction(f"{found[1]}{found[2] or ''}") * {**_DECIMAL, **_BINARY}.get(found[3], Fraction(1))
    number *= Fraction(10) ** int(found[4] or 0)
    whole = min(int(number), MOST_GPUS)
    return Gpus(written=text, whole=whole, exact=number == whole)
