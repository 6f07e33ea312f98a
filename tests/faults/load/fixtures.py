"""Fixtures that carry their expectations: a comment on the faulty line says what the loader must report there.

``totalGPUs: 017  # error: JT113`` expects exactly that; a line may expect several codes and severities. The special
lines ``# file: PATH`` (what follows is that file), ``# without: PATH`` (leave a file of the base fleet out),
``# expect: error JT301`` (a finding without a place) and ``# without admissions`` belong to the fixture, not to the
files.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from jobtree.load.source import Source

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.yaml"))
DEFAULT_PATH = "runs/a/case.yaml"

_EXPECTED = re.compile(rb"# (error|warning): ((?:JT\d{3} ?)+)")
_SPECIAL = re.compile(rb"# (file|without|expect): (.+)")

Finding = tuple[str, int, str, str]
"""Path, line, severity, code."""


@dataclass
class Case:
    files: dict[str, bytes]
    expected: set[Finding] = field(default_factory=set)
    admitted: bool = True

    @property
    def sources(self) -> list[Source]:
        return [Source(path, data) for path, data in self.files.items()]


def base() -> dict[str, bytes]:
    root = HERE / "base"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.yaml"))}


def read_case(path: Path) -> Case:
    case = Case(base())
    lines: dict[str, list[bytes]] = {}
    current = DEFAULT_PATH
    for line in path.read_bytes().split(b"\n"):
        special = _SPECIAL.fullmatch(line)
        if line == b"# without admissions":
            case.admitted = False
        elif special is None:
            if line or current in lines:
                lines.setdefault(current, []).append(line)
        elif special[1] == b"file":
            current = special[2].decode()
            lines[current] = []
        elif special[1] == b"without":
            del case.files[special[2].decode()]
        else:
            severity, code = special[2].decode().split()
            case.expected.add(("", 0, severity, code))
    for name, content in lines.items():
        case.files[name] = b"\n".join(content)
        case.expected |= set(_expectations(name, content))
    return case


def _expectations(path: str, lines: list[bytes]) -> list[Finding]:
    return [
        (path, number, found[1].decode(), code)
        for number, line in enumerate(lines, start=1)
        for found in _EXPECTED.finditer(line)
        for code in found[2].decode().split()
    ]


def codes_with_fixtures() -> set[str]:
    return {finding[3] for path in CASES for finding in read_case(path).expected}
