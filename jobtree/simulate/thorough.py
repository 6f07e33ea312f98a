"""The long way: compiles of a simulation go through files and the checker.

Documents, output tree, ledger and state file are text, as they are in a repository, and ``verify`` looks at every tree.
The long way must decide as the short one does, which hands values from compile to compile.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from jobtree.base.diagnostic import Severity
from jobtree.base.instant import Instant
from jobtree.base.progress import Progress
from jobtree.deciding import Left
from jobtree.emit.seal import digest_inputs
from jobtree.load.source import Source
from jobtree.milp.solver import Solver
from jobtree.model.plan import Plan
from jobtree.pipeline import compile_fleet
from jobtree.request import CompileRequest
from jobtree.resolve.ground import Ground
from jobtree.simulate.agenda import Deleted, Event
from jobtree.simulate.moment import Moment, Policy
from jobtree.simulate.texts import Texts, state_file
from jobtree.simulate.violated import ViolatedError

if TYPE_CHECKING:
    from jobtree.base.identity import Key


class Thorough:
    """Decides by ``compile_fleet``; must hear of every event.

    ``sources`` are the documents of all runs, those that are yet to come too; ``tree`` and ``ledger`` are what stands
    when the simulation begins, and then what the last compile wrote. Nothing of an earlier lock is kept: every compile
    decides everything.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        solver: Solver,
        *,
        tree: Mapping[str, bytes] | None = None,
        ledger: Mapping[str, bytes] | None = None,
    ) -> None:
        self._texts = Texts(sources)
        self._solver = solver
        self._deleted: frozenset[Key] = frozenset()
        self.tree: Mapping[str, bytes] = tree or {}
        self.ledger = dict(ledger or {})

    def begins(self, standing: Left) -> None:
        """The tree that was given says the same."""

    def event(self, at: Instant, event: Event) -> None:
        """Remembers which documents were deleted."""
        del at
        if isinstance(event, Deleted):
            self._deleted |= {event.run}

    def compiled(self, moment: Moment) -> None:
        """Has been looked at while it was decided."""

    def digest(self, at: Instant) -> str:
        """The digest of the files, so that both ways draw the same lotteries."""
        return digest_inputs(self._texts.at(at, self._deleted))

    def decide(self, ground: Ground, progress: Progress) -> Plan:
        """The plan of a compile from text. Raises ``ViolatedError`` where the checker or the loader refuses it."""
        done = compile_fleet(self._request(ground), self._solver, progress)
        if done.violations:
            first = done.violations[0]
            raise ViolatedError(first.invariant, first.message)
        if done.tree is None or done.plan is None:
            refusals = [one for one in done.diagnostics if one.severity is Severity.ERROR]
            raise ViolatedError("compile", f"it is refused: {refusals[0].message if refusals else 'nobody says why'}")
        self.tree = done.tree
        self.ledger |= done.ledger
        return done.plan

    def compared(self, policy: Policy) -> Policy:
        """The policy, after a look at whether the long way decides the same."""

        def both(ground: Ground, progress: Progress) -> Plan:
            plan = policy(ground, progress)
            for difference in differences(plan, self.decide(ground, progress)):
                raise ViolatedError("same-decisions", difference)
            return plan

        return both

    def _request(self, ground: Ground) -> CompileRequest:
        return CompileRequest(
            sources=self._texts.at(ground.as_of, self._deleted),
            previous=[Source(path, data) for path, data in sorted(self.tree.items())],
            ledger=[Source(f"ledger/{name}", data) for name, data in sorted(self.ledger.items())],
            state=state_file(ground.history.observed, ground.catalog.run_of),
            admissions={},
            entropy=ground.entropy,
            as_of=ground.as_of,
            allow_drop=True,
            untouched=frozenset(),
        )


def differences(short: Plan, long: Plan) -> Iterator[str]:
    """Where two plans decide differently. The short one may know less runs: those that are over leave it."""
    slow = {one.run: one for one in long.runs}
    for one in short.runs:
        other = slow.pop(one.run, None)
        if other is None or other.decision != one.decision:
            yield f"{one.run}: {one.decision} on values, {other and other.decision} on text"
    for key, one in slow.items():
        if type(one.decision).__name__ != "Finished":
            yield f"{key}: nothing on values, {one.decision} on text"
    for name in ("closures", "cuts", "draws"):
        if getattr(short, name) != getattr(long, name):
            yield f"{name}: {getattr(short, name)} on values, {getattr(long, name)} on text"
