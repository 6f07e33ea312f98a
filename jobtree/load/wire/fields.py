"""Kinds of text and numbers that fields hold, each with its check, its bounds and its JSON Schema.

A failed check is a custom pydantic error whose type names the idea (``duration``); ``problems`` maps it to a code.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from jobtree.base.instant import parse_instant
from jobtree.base.quantity import parse_duration, parse_rate

LABEL_TEXT = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
DNS_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
OWNER_TEXT = r"[A-Za-z0-9][-A-Za-z0-9_.]*(:[A-Za-z0-9][-A-Za-z0-9_.]*)*"
DNS_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"

MOST_GPUS = 1_000_000
MOST_GPU_HOURS = 1_000_000_000

_WORDS = {"gpus": "GPUs", "gpu": "GPU"}


def camel(name: str) -> str:
    """The YAML spelling of a field: ``max_gpu_hours`` is ``maxGPUHours``, ``gpu_type`` is ``gpuType``."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(_WORDS.get(word, word.capitalize()) for word in rest)


class Shape(BaseModel):
    """A mapping with known fields only; nothing is converted from one type to another."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=camel)


def _text(type_: str, pattern: str, longest: int, sentence: str) -> tuple[AfterValidator, WithJsonSchema]:
    """Text that matches a pattern wholly; ``sentence`` tells the user how it is written."""
    compiled = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if len(text) > longest or not compiled.fullmatch(text):
            raise PydanticCustomError(type_, sentence)
        return text

    shortest = 0 if compiled.fullmatch("") else 1
    schema = {"type": "string", "pattern": f"^({pattern})$", "minLength": shortest, "maxLength": longest}
    return AfterValidator(check), WithJsonSchema(schema)


def _parsed(type_: str, parse: Callable[[str], Any], schema: dict[str, Any]) -> tuple[AfterValidator, WithJsonSchema]:
    """Text that a parser of floor 0 accepts; its complaint is the message."""

    def check(text: str) -> str:
        try:
            parse(text)
        except ValueError as fault:
            raise PydanticCustomError(type_, str(fault).replace("{", "(").replace("}", ")")) from None
        return text

    return AfterValidator(check), WithJsonSchema({"type": "string", **schema})


def _positive_duration(text: str) -> None:
    if parse_duration(text) == 0:
        raise ValueError("a duration is at least 1s here")


def _day_or_instant(text: str) -> None:
    parse_instant(f"{text}T00:00:00Z" if len(text) == len("2026-06-01") else text)


def _once(items: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        if item in seen:
            context = {"index": index, "first": seen[item]}
            raise PydanticCustomError("duplicate", "listed twice", context)
        seen[item] = index
    return items


_name = _text("name", DNS_LABEL, 63, "a name has 1 to 63 characters a-z, 0-9, -, with a letter or digit at both ends")
_node_name = _text("name", DNS_SUBDOMAIN, 253, "a node name has 1 to 253 characters a-z, 0-9, - and .")
_owner = _text("owner", OWNER_TEXT, 253, "an owner is a colon path such as org:ai:rai:sys")
_borrower = _text(
    "owner", rf"\*|{OWNER_TEXT}|{OWNER_TEXT}:?\*", 254, "a borrower is an owner, *, or a prefix with a trailing *"
)
_flavor = _text("label", LABEL_TEXT, 63, "a flavor is a label value such as H100-80GB")
_label_name = _text(
    "label", rf"({DNS_SUBDOMAIN}/)?{LABEL_TEXT}", 317, "a label name is like region, or example.com/region"
)
_label_value = _text("label", rf"({LABEL_TEXT})?", 63, "a label value has at most 63 letters, digits, -, _ and .")
_selected = _text("label", rf"\*|{LABEL_TEXT}", 63, 'a selector value is a label value, or "*" for any')
_resource = _text("resource", rf"({DNS_SUBDOMAIN}/)?{LABEL_TEXT}", 317, "a resource name is like nvidia.com/gpu")
_glob = _text("glob", r"(?!/)(?!.*(^|/)\.\.(/|$))[^\\\s]+", 1024, "a path glob is relative, uses /, and has no ..")
_reference = _text(
    "reference",
    rf"{DNS_LABEL}(/{DNS_LABEL}/{DNS_LABEL})?",
    191,
    "write an envelope of this budget, or namespace/budget/envelope",
)
_folder = _text(
    "folder", r"[A-Za-z0-9_][-A-Za-z0-9_.]*(/[A-Za-z0-9_][-A-Za-z0-9_.]*)*", 255, "a folder below the fleet"
)

Name = Annotated[str, *_name]
NodeName = Annotated[str, *_node_name]
OwnerText = Annotated[str, *_owner]
Borrower = Annotated[str, *_borrower]
Flavor = Annotated[str, *_flavor]
LabelName = Annotated[str, *_label_name]
LabelValue = Annotated[str, *_label_value]
SelectedValue = Annotated[str, *_selected]
ResourceName = Annotated[str, *_resource]
PathGlob = Annotated[str, *_glob]
EnvelopeRef = Annotated[str, *_reference]
Folder = Annotated[str, *_folder]
InputFile = Annotated[str, *_folder]
Prose = Annotated[str, Field(min_length=1, max_length=1024)]

_DURATION_SCHEMA = {"pattern": "^([0-9]+[dhms])+$", "maxLength": 40}
Duration = Annotated[str, *_parsed("duration", parse_duration, _DURATION_SCHEMA)]
PositiveDuration = Annotated[str, *_parsed("duration", _positive_duration, _DURATION_SCHEMA)]
InstantText = Annotated[str, *_parsed("instant", parse_instant, {"format": "date-time", "maxLength": 25})]
Day = Annotated[str, *_parsed("instant", _day_or_instant, {"minLength": 10, "maxLength": 25})]
Rate = Annotated[str, *_parsed("rate", parse_rate, {"pattern": r"^(0|1)(\.[0-9]{1,4})?$", "maxLength": 6})]

Gpus = Annotated[int, Field(ge=1, le=MOST_GPUS)]
GpusOrNone = Annotated[int, Field(ge=0, le=MOST_GPUS)]
GpuHours = Annotated[int, Field(ge=0, le=MOST_GPU_HOURS)]

Owners = Annotated[list[OwnerText], Field(max_length=64), AfterValidator(_once)]
Names = Annotated[list[Name], Field(max_length=128), AfterValidator(_once)]
Labels = Annotated[dict[LabelName, LabelValue], Field(max_length=64)]
SelectorMap = Annotated[dict[LabelName, SelectedValue], Field(max_length=16)]
Unique = AfterValidator(_once)
"""For lists of text in which nothing may stand twice."""
