"""Users' faults as values: where, what, why, what next (contracts.md, Errors)."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Errors refuse the input; warnings are printed and the work goes on."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: path relative to the fleet's root with ``/``, line and column from 1, in code points."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding. ``notes`` carry the arithmetic, ``help`` the next action; text is raw and escaped where printed."""

    code: str
    severity: Severity
    message: str
    location: Location | None = None
    notes: tuple[str, ...] = ()
    help: str | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str, tuple[str, ...]]:
        """By place, then code, then text: the order of every listing."""
        place = self.location or Location("", 0, 0)
        return (place.path, place.line, place.column, self.code, self.message, self.notes)


def error(
    code: str,
    message: str,
    location: Location | None = None,
    *,
    notes: tuple[str, ...] = (),
    help: str | None = None,
) -> Diagnostic:
    """An error; ``help`` says the next action."""
    return Diagnostic(code=code, severity=Severity.ERROR, message=message, location=location, notes=notes, help=help)


def warning(
    code: str,
    message: str,
    location: Location | None = None,
    *,
    notes: tuple[str, ...] = (),
    help: str | None = None,
) -> Diagnostic:
    """A warning; ``help`` says the next action."""
    return Diagnostic(code=code, severity=Severity.WARNING, message=message, location=location, notes=notes, help=help)
