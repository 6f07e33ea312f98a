"""The plan of a fleet repository: the one that is published if it is sound and fits, else one made in memory.

Nothing is written, but that the output of a compile that was killed is taken back, as every command does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from jobtree import pipeline
from jobtree.adapters.clock import wall_clock
from jobtree.adapters.ledger import read_ledger_files
from jobtree.base.diagnostic import Diagnostic
from jobtree.base.instant import Instant
from jobtree.base.progress import Silent
from jobtree.cli.entropy import entropy_of
from jobtree.cli.executor import Opening
from jobtree.cli.output import read_output
from jobtree.cli.runs.backend import Refused, View
from jobtree.cli.runs.objects import repository_objects
from jobtree.cli.runs.violations import violated
from jobtree.cli.solvers import solver_of
from jobtree.cli.workspace import Workspace, has_errors
from jobtree.emit.lock import LOCK_PATH, read_lock
from jobtree.emit.plan_json import PLAN_PATH
from jobtree.emit.values import MisfitError
from jobtree.request import Compiled, CompileRequest, HouseRules

_ANEW = "this plan is not published: `jobtree compile` would write it"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planner:
    workspace: Workspace
    previous: Mapping[str, bytes]
    request: CompileRequest
    executor: Opening

    def compiled(self, as_of: Instant, *, locked: bool) -> Compiled:
        """The plan as of an instant. House rules do not hide what is there."""
        solver, absent = solver_of(self.workspace)
        if has_errors(absent):
            return Compiled(tree=None, catalog=None, plan=None, diagnostics=absent)
        request = replace(self.request, as_of=as_of, locked=locked)
        with self.executor(solver) as executor:
            assert not isinstance(executor, Diagnostic)  # only workers elsewhere can be missing
            return pipeline.compile_fleet(request, solver, Silent(), executor)

    def published(self) -> Compiled | None:
        """What the lock says, if it fits the files and the checker finds it sound."""
        lock = self.previous.get(LOCK_PATH)
        if lock is None:
            return None
        try:
            as_of = read_lock(lock).as_of
        except MisfitError:
            return None
        compiled = self.compiled(as_of, locked=True)
        return None if compiled.tree is None or has_errors(compiled.diagnostics) else compiled


def view_of(workspace: Workspace, now: Instant | None, executor: Opening) -> View | Refused:
    """The fleet as planned: as of ``now``, or as published, or as of HEAD or the clock."""
    files = {source.path: source.data for source in workspace.sources}
    previous, unreadable = read_output(workspace.out)
    ledger = read_ledger_files(workspace.ledger)
    entropy, odd = entropy_of(workspace, None)
    refusals = (*workspace.diagnostics, *unreadable, *ledger.diagnostics, *odd)
    if has_errors(refusals):
        return Refused(diagnostics=refusals, files=files)
    as_of = now or workspace.head() or wall_clock()
    request = replace(
        workspace.request(previous, as_of=as_of),
        ledger=ledger.sources,
        entropy=entropy,
        rules=HouseRules.IGNORED,
    )
    planner = _Planner(workspace=workspace, previous=previous, request=request, executor=executor)
    published = planner.published() if now is None else None
    compiled = published or planner.compiled(as_of, locked=False)
    found = (*workspace.place(compiled.diagnostics), *violated(compiled, "repository"))
    if compiled.tree is None or compiled.catalog is None or compiled.plan is None or has_errors(found):
        return Refused(diagnostics=found, files=files)
    is_published = compiled.tree.get(LOCK_PATH) == previous.get(LOCK_PATH)
    return View(
        as_of=compiled.plan.as_of,
        objects=repository_objects(workspace.sources, compiled.catalog, compiled.tree),
        plan=json.loads(compiled.tree[PLAN_PATH]),
        notes=() if is_published else (_ANEW,),
    )
