"""The long way: every compile of a simulation through files, with the checker, and compared with the short one.

The same state of the world goes through ``compile_fleet``: documents, output tree, ledger and state file as text. It
must decide the same, and ``verify`` runs on every tree.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from jobtree.base.diagnostic import Severity
from jobtree.base.instant import Instant
from jobtree.base.progress import Progress
from jobtree.emit.seal import digest_inputs
from jobtree.load.source import Source
from jobtree.milp.solver import Solver
from jobtree.model.plan import Plan
from jobtree.pipeline import compile_fleet
from jobtree.request import Compiled, CompileRequest
from jobtree.simulate.agenda import Deleted, Event
from jobtree.simulate.moment import Moment
from jobtree.simulate.texts import Texts, state_file
from jobtree.simulate.violated import ViolatedError

if TYPE_CHECKING:
    from jobtree.base.identity import Key


class Thorough:
    """A watcher. ``sources`` are the documents of all runs, those that are yet to come too."""

    def __init__(self, sources: Sequence[Source], solver: Solver, progress: Progress) -> None:
        self._texts = Texts(sources)
        self._solver, self._progress = solver, progress
        self._deleted: frozenset[Key] = frozenset()
        self._tree: Mapping[str, bytes] = {}
        self._ledger: dict[str, bytes] = {}

    def event(self, at: Instant, event: Event) -> None:
        """Remembers which documents were deleted."""
        del at
        if isinstance(event, Deleted):
            self._deleted |= {event.run}

    def digest(self, at: Instant) -> str:
        """The digest of the files, so that both ways draw the same lotteries."""
        return digest_inputs(self._texts.at(at, self._deleted))

    def compiled(self, moment: Moment) -> None:
        """Compiles the same moment from text."""
        done = self._compile(moment)
        if done.violations:
            first = done.violations[0]
            raise ViolatedError(first.invariant, first.message)
        if done.tree is None or done.plan is None:
            refusals = [one for one in done.diagnostics if one.severity is Severity.ERROR]
            raise ViolatedError("compile", f"it is refused: {refusals[0].message if refusals else 'nobody says why'}")
        for difference in differences(moment.plan, done.plan):
            raise ViolatedError("same-decisions", difference)
        self._tree = done.tree
        self._ledger |= done.ledger

    def _compile(self, moment: Moment) -> Compiled:
        seen = moment.question.state.observed
        request = CompileRequest(
            sources=self._texts.at(moment.at, self._deleted),
            previous=[Source(path, data) for path, data in sorted(self._tree.items())],
            ledger=[Source(f"ledger/{name}", data) for name, data in sorted(self._ledger.items())],
            state=state_file(seen, moment.catalog.run_of),
            admissions={},
            entropy=moment.question.entropy,
            as_of=moment.at,
            allow_drop=True,
        )
        return compile_fleet(request, self._solver, self._progress)


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
