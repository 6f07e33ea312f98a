"""``--state FILE``: a snapshot, planned in memory with the real pipeline. Looking at it writes nothing anywhere."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from jobtree import pipeline
from jobtree.adapters.cel import Cel
from jobtree.adapters.clock import wall_clock
from jobtree.adapters.files import read_regular_file
from jobtree.adapters.locked_file import BusyError, locked, replace_file
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.instant import Instant, parse_instant
from jobtree.base.progress import Silent
from jobtree.cli.executor import LOCAL, given_executor
from jobtree.cli.given import read_state_file
from jobtree.cli.runs.backend import Applied, Refused, View
from jobtree.cli.runs.violations import violated
from jobtree.cli.solvers import solver_for
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import has_errors, shipped_bundles
from jobtree.edit.apply import apply_edit
from jobtree.edit.edits import Edit, Shrink
from jobtree.edit.outcome import Declined
from jobtree.edit.shrink import open_width
from jobtree.emit.plan_json import PLAN_PATH
from jobtree.load.source import Source
from jobtree.request import Compiled, CompileRequest, HouseRules
from jobtree.snapshot.objects import planned_objects
from jobtree.snapshot.reading import Snapshot, read_snapshot
from jobtree.snapshot.request import fleet_source, request_of

DERIVED = "holds no Fleet: default settings, and the owners that budgets and runs name"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A view, the file that it is of, and the instant until which it holds while the file stays."""

    stamp: tuple[int, int, int]
    until: Instant
    view: View


class SnapshotBackend:
    """One file. A view is kept until the file changes, or an instant comes at which the plan does something."""

    def __init__(self, path: Path, *, now: Instant | None, terminal: Terminal) -> None:
        self._path, self._now, self._terminal = path, now, terminal
        self._seen: _Seen | None = None

    def view(self) -> View | Refused:
        """The plan of the snapshot as of ``now``, or as of the clock. House rules do not hide what is there."""
        as_of = wall_clock() if self._now is None else self._now
        stamp = _stamp(self._path)
        if self._seen is not None and self._seen.stamp == stamp and as_of < self._seen.until:
            return self._seen.view
        source, unread = read_state_file(self._path)
        if source is None:
            return Refused(diagnostics=unread, files={})
        view = self._planned(source, as_of)
        if isinstance(view, View) and stamp is not None:
            self._seen = _Seen(stamp, _next_instant(view), view)
        return view

    def apply(self, edit: Edit) -> Applied | Refused:
        """Under a lock: reads the file again, edits its text, holds the result to all that a compile asks, writes it.

        JT781 if somebody else edits it all the time, JT782 if the disk refuses.
        """
        try:
            with locked(self._path) as target:
                source = Source(self._path.as_posix(), read_regular_file(target))
                return self._apply(edit, source, target)
        except BusyError as fault:
            hint = "try again; if no other command is running, look who holds the lock file beside it"
            return Refused(diagnostics=(error("JT781", f"{fault}", help=hint),), files={})
        except OSError as fault:
            message = f"{self._path} cannot be edited: {fault.strerror or fault}"
            hint = "an edit needs a file and a folder that may be written; reading needs neither"
            return Refused(diagnostics=(error("JT782", message, help=hint),), files={})

    def _apply(self, edit: Edit, source: Source, target: Path) -> Applied | Refused:
        files = {source.path: source.data}
        before, findings = read_snapshot(source)
        if before is None:
            return Refused(diagnostics=findings, files=files)
        edited = apply_edit(_with_width(edit, before), [source], into=source.path)
        if isinstance(edited, Declined):
            return Refused(diagnostics=edited.diagnostics, files={**files, **edited.files})
        data = edited.files.get(source.path)
        if data is None:
            return Applied(sentences=edited.sentences)
        wrong = self._faults(Source(source.path, data), before)
        if has_errors(wrong):
            return Refused(diagnostics=wrong, files={source.path: data})
        replace_file(target, data)
        return Applied(sentences=edited.sentences, diagnostics=wrong)

    def _faults(self, source: Source, before: Snapshot) -> tuple[Diagnostic, ...]:
        """What is wrong with the file as it would be, and was not before: what stands there already is no news.

        Owners are those of the snapshot before, so that nobody becomes an owner by submitting a run.
        """
        snapshot, findings = read_snapshot(source)
        if snapshot is None:
            return findings
        registry = fleet_source(before)
        old = {(found.code, found.message) for found in self._check(before, registry)}
        return tuple(found for found in self._check(snapshot, registry) if (found.code, found.message) not in old)

    def _check(self, snapshot: Snapshot, registry: Source) -> tuple[Diagnostic, ...]:
        as_of = wall_clock() if self._now is None else self._now
        asked = request_of(snapshot, as_of=as_of)
        request = replace(asked.request, registry=registry, bundles=shipped_bundles(), evaluator=Cel())
        return asked.place(pipeline.check(request).diagnostics)

    def _planned(self, source: Source, as_of: Instant) -> View | Refused:
        files = {source.path: source.data}
        snapshot, findings = read_snapshot(source)
        if snapshot is None:
            return Refused(diagnostics=findings, files=files)
        asked = request_of(snapshot, as_of=as_of)
        compiled = self._compiled(replace(asked.request, rules=HouseRules.IGNORED, bundles=shipped_bundles()))
        wrong = (*asked.place(compiled.diagnostics), *violated(compiled, "snapshot"))
        if compiled.tree is None or has_errors(wrong):
            return Refused(diagnostics=wrong, files=files)
        return View(
            as_of=as_of,
            objects=planned_objects(snapshot, compiled.tree),
            plan=json.loads(compiled.tree[PLAN_PATH]),
            notes=() if snapshot.of_kind("Fleet") else (f"note: {source.path} {DERIVED}",),
        )

    def _compiled(self, request: CompileRequest) -> Compiled:
        fleet = next(source for source in request.sources if source.path == "fleet.yaml")
        solver, absent = solver_for(fleet)
        if has_errors(absent):
            return Compiled(tree=None, catalog=None, plan=None, diagnostics=absent)
        with given_executor(LOCAL, self._terminal.tell)(solver) as executor:
            assert not isinstance(executor, Diagnostic)  # only a cluster of workers can be missing
            return pipeline.compile_fleet(request, solver, Silent(), executor)


def _with_width(edit: Edit, snapshot: Snapshot) -> Edit:
    """A shrink from what the run holds by its leases."""
    if not isinstance(edit, Shrink):
        return edit
    leases = (document.data for document in snapshot.of_kind("Lease"))
    return replace(edit, width=open_width(leases, edit.run))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file does; None if it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _next_instant(view: View) -> Instant:
    """The first instant after the plan's at which a run begins or ends; until then the same plan is made again."""
    assert view.plan is not None
    moments = {
        parse_instant(text) for run in view.plan["runs"] for text in (run["at"], run["expectedEnd"]) if text is not None
    }
    return min((moment for moment in sorted(moments) if moment > view.as_of), default=Instant(view.as_of + 1))
