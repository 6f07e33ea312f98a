"""The verbs and their options as completion knows them; a test holds them to the command itself.

The standard library alone.
"""

from collections.abc import Mapping
from typing import NamedTuple

FORMATS = ("json", "jsonpath=", "name", "wide", "yaml")
SHELLS = ("bash", "fish", "zsh")
GROUPS: Mapping[str, str] = {"budgets": "What budgets pay for", "sponsors": "Whom a run may borrow from"}


class Verb(NamedTuple):
    """What it does; its arguments, the last of which may be given again; its options with and without a value."""

    text: str
    arguments: tuple[str, ...]
    valued: Mapping[str, str]
    flags: Mapping[str, str]

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """All options with what they are for."""
        return (*self.valued.items(), *self.flags.items())


_OUTPUT = {
    "--output": "wide, json, yaml, name or jsonpath=TEMPLATE",
    "-o": "wide, json, yaml, name or jsonpath=TEMPLATE",
}
_OWNER = {"--owner": "only of this owner"}
_HEADERS = {"--no-headers": "a table without its first line"}
_FILE = {"--filename": "runs and job trees; - for stdin", "-f": "runs and job trees; - for stdin"}
_REHEARSAL = {"--dry-run": "server: a cluster checks, and stores nothing"}
_WATCH = {"--interval": "how often to look"}

VERBS: Mapping[str, Verb] = {
    "budgets usage": Verb("Who uses which envelope, and what is left", (), {**_OUTPUT, **_OWNER}, _HEADERS),
    "completion": Verb("Print the script for a shell", ("SHELL",), {}, {}),
    "explain": Verb("Why a run is decided as it is", ("RUN",), {}, {"--suggest": "what would start it earlier"}),
    "leases": Verb("Which GPUs a run holds, and who pays", ("RUN",), {**_OUTPUT, **_OWNER}, _HEADERS),
    "plan": Verb("When a run starts, and who makes room", ("RUN",), _OUTPUT, {}),
    "shrink": Verb("Let an elastic run want fewer GPUs", ("RUN",), {"--by": "GPUs to give back"}, {}),
    "sponsors add": Verb(
        "Let a run borrow from more owners", ("RUN", "SPONSOR"), {"--max": "GPUs to borrow at most"}, {}
    ),
    "sponsors list": Verb("Whom a run may borrow from", ("RUN",), _OUTPUT, _HEADERS),
    "state": Verb("List runs", (), {**_OUTPUT, **_OWNER}, {**_HEADERS, "--all": "also what is over"}),
    "submit": Verb("Add runs and job trees from a file", (), {**_FILE, **_REHEARSAL}, {}),
    "watch": Verb("Follow runs", ("RUN",), {**_OUTPUT, **_WATCH}, {**_HEADERS, "--once": "print once, and end"}),
}
