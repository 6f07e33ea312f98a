"""A fleet repository as the commands find it: its files, its git history, its output folder."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jobtree.adapters.cel import Cel
from jobtree.adapters.files import read_input, read_sources
from jobtree.adapters.git import admissions, file_at, find_repository, head_instant, is_clean
from jobtree.adapters.git_calls import GitError, Repository
from jobtree.base.diagnostic import Diagnostic, Severity, error
from jobtree.base.instant import Instant
from jobtree.emit.shipped import shipped
from jobtree.load.loader import output_dir
from jobtree.load.source import Source
from jobtree.policy.rules import denies
from jobtree.request import CompileRequest

FLEET_FILE = "fleet.yaml"
DEFAULT_OUT = "rendered"
LEDGER = "ledger"
DENIED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """``out`` is the output folder; sources are sorted.

    ``ledger`` is the folder of the ledger. ``admitted`` (None outside git), ``registry`` and ``bundles`` are what a
    CompileRequest asks for.
    """

    root: Path
    out: Path
    ledger: Path
    repository: Repository | None
    sources: tuple[Source, ...]
    admitted: Mapping[str, Instant] | None
    registry: Source | None
    bundles: Mapping[str, Source]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def is_readable(self) -> bool:
        """Whether nothing so far refuses the input."""
        return not has_errors(self.diagnostics)

    def request(self, previous: Mapping[str, bytes], *, as_of: Instant) -> CompileRequest:
        """What the pipeline is asked; ``previous`` is the output tree as it stands."""
        return CompileRequest(
            sources=self.sources,
            previous=tuple(Source(path, data) for path, data in previous.items()),
            admissions=self.admitted,
            registry=self.registry,
            bundles=self.bundles,
            as_of=as_of,
            evaluator=Cel(),
        )

    def place(self, findings: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Findings of the pipeline, those in the output tree with paths relative to root, as all others are."""
        inputs = {source.path for source in self.sources}
        return tuple(
            finding
            if finding.location is None or finding.location.path in inputs or self._is_elsewhere(finding.location.path)
            else replace(finding, location=replace(finding.location, path=self._in_output(finding.location.path)))
            for finding in findings
        )

    def _is_elsewhere(self, path: str) -> bool:
        """Whether a finding is in a file of ours, in the ledger, or in the state: their paths are right already."""
        return path.startswith(("<", f"{self.ledger.name}/")) or Path(path).is_absolute()

    def _in_output(self, path: str) -> str:
        return Path(os.path.relpath(self.out / path, self.root)).as_posix()

    def head(self) -> Instant | None:
        """HEAD's instant if nothing but the output differs from it; None outside git or in a changed tree."""
        if self.repository is None:
            return None
        try:
            ours = [path for path in (inside(self.root, self.out), inside(self.root, self.ledger)) if path]
            return head_instant(self.repository) if is_clean(self.repository, but=ours) else None
        except GitError:
            return None


def open_workspace(root: Path, *, out: Path | None, base: str | None) -> Workspace:
    """Reads the inputs below root, and asks git what it knows of them.

    ``out`` None means the Fleet's ``output.dir`` below root, with its ledger in ``ledger/`` beside it; another output
    folder has a ledger of its own. Neither folder is read as input. ``base`` is the revision whose owner registry
    counts.
    """
    repository, findings = find_repository(root) if root.is_dir() else (None, ())
    ledger = root / LEDGER if out is None else out.parent / f"{out.name}-{LEDGER}"
    usual = root / usual_output(root)
    out = out or usual
    skipped = (inside(root, folder) for folder in (out, usual))
    reading = read_sources(root, skip=[folder for folder in skipped if folder])
    registry, missing = _registry(repository, base)
    admitted, unknown = _admissions(repository)
    return Workspace(
        root=root,
        out=out,
        ledger=ledger,
        repository=repository,
        sources=reading.sources,
        admitted=admitted,
        registry=registry,
        bundles=shipped_bundles(),
        diagnostics=(*reading.diagnostics, *findings, *unknown, *missing),
    )


def has_errors(findings: Sequence[Diagnostic]) -> bool:
    """Whether one of them is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def exit_code(findings: Sequence[Diagnostic]) -> int:
    """0 without errors; 3 if house rules alone deny the input or the plan; 1 otherwise (contracts.md, Exit codes)."""
    if not has_errors(findings):
        return 0
    return DENIED if denies(findings) else 1


def relocate(findings: Sequence[Diagnostic], root: Path) -> tuple[Diagnostic, ...]:
    """Findings with paths relative to the working directory, as terminals and CI services want them."""
    return tuple(
        replace(finding, location=replace(finding.location, path=shown(root, finding.location.path)))
        if finding.location
        else finding
        for finding in findings
    )


def shown(root: Path, path: str) -> str:
    """A path below root as seen from the working directory."""
    return Path(os.path.relpath(root / path)).as_posix()


def usual_output(root: Path) -> str:
    """The Fleet's ``output.dir``; the default when fleet.yaml is missing or wrong, which the pipeline will say."""
    source = read_input(root, FLEET_FILE)
    return (output_dir(source) if isinstance(source, Source) else None) or DEFAULT_OUT


def shipped_bundles() -> Mapping[str, Source]:
    """The policy bundles that ship with the program, by name."""
    found = sorted(shipped("policies").glob("*.yaml"))
    return {path.stem: Source(f"<jobtree>/policies/{path.name}", path.read_bytes()) for path in found}


def inside(root: Path, out: Path) -> str | None:
    """A folder relative to root, if it lies below it."""
    path = os.path.relpath(out, root)
    return None if path == "." or path.startswith("..") else Path(path).as_posix()


def _registry(repository: Repository | None, base: str | None) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    if base is None:
        return None, ()
    if repository is None:
        return None, (error("JT163", f"there is no revision {base}: this is no git work tree"),)
    return file_at(repository, FLEET_FILE, revision=base)


def _admissions(repository: Repository | None) -> tuple[Mapping[str, Instant] | None, tuple[Diagnostic, ...]]:
    if repository is None:
        return None, ()
    try:
        return admissions(repository), ()
    except GitError as fault:
        return None, (error("JT162", f"git cannot be asked: {fault}"),)
