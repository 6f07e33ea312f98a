"""What a plain scalar means: YAML 1.2 core, in one spelling each, and nothing that other readers read differently.

Codes: JT113 (ambiguous number), JT114 (ambiguous boolean or null), JT115 (plain date outside a field for an instant).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

Value = str | int | float | bool | None

WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_AMBIGUOUS_WORDS = frozenset({"y", "yes", "n", "no", "on", "off", "true", "false", "null", "~", "", "="})
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
_LONG_INTEGER = re.compile(r"-?[1-9][0-9]{18,}", re.ASCII)
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+", re.ASCII)
_NUMBER_ELSEWHERE = re.compile(
    r"""[-+]?(?:
        0x[0-9a-f_]+ | 0b[01_]+ | 0o?[0-7_]+           # other bases, 017 included
      | [0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?    # 1_000, 1., 1e3, +1
      | \.[0-9][0-9_]*(?:e[-+]?[0-9]+)?                # .5
      | [0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?    # 12:30 is 750 for a YAML 1.1 reader
      | \.?inf | \.?nan
    )""",
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9].*)?", re.ASCII | re.DOTALL)
_SHOWN = 40
_CANNOT_MISLEAD = frozenset("abcdeghjklmpqrsuvwxzABCDEGHJKLMPQRSUVWXZ")
"""First letters with which no number, date, boolean or null begins (``inf`` and ``nan`` begin with i and n)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a plain scalar; ``code`` when it must be refused (JT115: unless an instant is expected)."""

    value: Value
    code: str | None = None
    why: str = ""


@lru_cache(maxsize=65_536)
def read_plain(text: str) -> Reading:
    """Resolves a plain scalar. Anything that no other YAML reader could take for something else is a string."""
    if text[:1] in _CANNOT_MISLEAD:
        return Reading(text)
    if text in WORDS:
        return Reading(WORDS[text])
    if text.lower() in _AMBIGUOUS_WORDS:
        return Reading(text, "JT114", _word(text))
    if _INTEGER.fullmatch(text):
        return Reading(int(text))
    if _FLOAT.fullmatch(text) and repr(float(text)) == text:
        return Reading(float(text))
    if _LONG_INTEGER.fullmatch(text):
        return Reading(text, "JT113", f"the number {_clipped(text)} has more than 18 digits")
    if _NUMBER_ELSEWHERE.fullmatch(text):
        why = f"YAML readers disagree about {_clipped(text)}: it may be a number in another notation"
        return Reading(text, "JT113", why)
    if _DATE.fullmatch(text):
        return Reading(text, "JT115", f"other YAML readers take {text} for a date, not for text")
    return Reading(text)


def _clipped(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _word(text: str) -> str:
    if text == "":
        return "a value left empty is null to some readers and text to others"
    return f"YAML readers disagree about {text}: a boolean or null to some, text to others"
