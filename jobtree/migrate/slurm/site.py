"""What the mapping is told, and what it keeps of everything it reads: settings, notes and findings."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from jobtree.base.diagnostic import Diagnostic, Location, Severity, error
from jobtree.base.instant import Instant
from jobtree.migrate.migration import Note, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``now`` and ``until`` bound the windows of budgets; Slurm's local times are ``utc_offset`` seconds after UTC."""

    now: Instant
    until: Instant
    region: str = "default"
    utc_offset: int = 0


@dataclass(frozen=True, slots=True)
class Log:
    """Notes and findings in the order in which they come up."""

    notes: list[Note] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def mapped(self, source: str, target: str, text: str) -> None:
        """It means the same."""
        self.notes.append(Note(outcome=Outcome.MAPPED, source=source, target=target, text=text))

    def changed(self, source: str, target: str, text: str) -> None:
        """It became something that means something else."""
        self.notes.append(Note(outcome=Outcome.CHANGED, source=source, target=target, text=text))

    def dropped(self, source: str, text: str) -> None:
        """It became nothing."""
        self.notes.append(Note(outcome=Outcome.DROPPED, source=source, target=None, text=text))

    def wrong(self, where: Location, fault: str, *, help: str = "correct it, or record it again") -> None:
        """JT743: a value that Slurm would not print."""
        self.findings.append(error("JT743", fault, where, help=help))


def listed(names: Sequence[str], *, most: int = 6) -> str:
    """``a, b and 3 more``."""
    rest = len(names) - most
    return ", ".join(names) if rest <= 0 else f"{', '.join(names[:most])} and {rest} more"
