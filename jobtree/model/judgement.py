"""The score card: what each rule looked at, what broke it, and what was let off."""

from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic, Location, Severity
from jobtree.model.policy import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Something breaks a rule: ``message`` says the rule, ``note`` its numbers, ``where`` the place to change."""

    object: str
    message: str
    note: str
    help: str
    where: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One rule: how many objects it looked at, which of them break it, and which break it and are waived."""

    rule: Rule
    seen: int
    broken: tuple[Breach, ...]
    waived: tuple[Breach, ...] = ()

    @property
    def denies(self) -> bool:
        """Whether it refuses the input."""
        return bool(self.broken) and self.rule.severity is Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Verdicts in the order of the policies, and everything that is to be told.

    ``is_stopped``: nothing was judged, and nothing may pass.
    """

    verdicts: tuple[Verdict, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    is_stopped: bool = False
