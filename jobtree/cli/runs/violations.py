"""A plan that the verifier refused is not shown."""

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.request import Compiled

CODE = "JT785"
_SHOWN = 10


def violated(compiled: Compiled, of: str) -> tuple[Diagnostic, ...]:
    """JT785 if the verifier refused the plan ``of`` a snapshot or a repository."""
    if not compiled.violations:
        return ()
    notes = tuple(f"{violation.invariant}: {violation.message}" for violation in compiled.violations[:_SHOWN])
    message = f"the verifier refused the plan of this {of}"
    return (error(CODE, message, notes=notes, help=f"this is a bug of jobtree: report it with the {of}"),)
