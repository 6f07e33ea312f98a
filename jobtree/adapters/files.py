"""The file system: the inputs of a fleet repository, and the output tree as it stands.

Reading never fails as a whole: what cannot be read is a located diagnostic, and everything comes sorted by the bytes of
its path, whatever order the file system lists it in.
"""

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.load.ignore import IGNORE_FILE, IgnoreRules, parse_ignore
from jobtree.load.source import Source
from jobtree.load.text import LARGEST_FILE

SUFFIXES = (".yaml", ".yml", ".json")
MOST_FILES = 200_000
_SWAP_SUFFIX = ".jobtree-new", ".jobtree-old"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The files of a tree, sorted by the bytes of their paths, and what could not be read (JT151 to JT155)."""

    sources: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    root: Path
    real_root: Path
    skip: frozenset[str]
    rules: IgnoreRules


def read_sources(root: Path, *, skip: Collection[str] = ()) -> Reading:
    """Every ``*.yaml``, ``*.yml``, ``*.json`` below root (contracts.md, Inputs).

    Left out: ``skip`` (paths relative to root, with ``/``), paths of ``.jobtreeignore``, ``.git``, Python environments
    (folders with a ``pyvenv.cfg``), folders that an interrupted compile left behind. A symbolic link to a file or
    folder within the root is left out too, for its target is read where it is; one that leaves the root is JT151.
    """
    if not root.is_dir():
        return Reading(sources=(), diagnostics=(error("JT155", f"{root} is not a folder"),))
    rules = parse_ignore(_read_text(root / IGNORE_FILE))
    walk = _Walk(root=root, real_root=root.resolve(), skip=frozenset(skip), rules=rules)
    sources: list[Source] = []
    findings: list[Diagnostic] = []
    for found in _entries(walk, ""):
        if isinstance(found, Diagnostic):
            findings.append(found)
        elif len(sources) == MOST_FILES:
            findings.append(error("JT154", f"there are more than {MOST_FILES} input files", Location(found)))
            break
        else:
            taken = _read(root, found)
            (sources if isinstance(taken, Source) else findings).append(taken)  # type: ignore[arg-type]
    sources.sort(key=lambda source: source.path.encode("utf-8"))
    return Reading(sources=tuple(sources), diagnostics=tuple(sorted(findings, key=lambda finding: finding.sort_key)))


def read_tree(out: Path) -> Mapping[str, bytes]:
    """Every regular file below an output folder, by path relative to it; {} if there is none. Raises OSError."""
    files = {}
    for folder, names, leaves in os.walk(out):
        names.sort()
        for leaf in leaves:
            path = Path(folder, leaf)
            if not path.is_symlink():
                files[path.relative_to(out).as_posix()] = path.read_bytes()
    return {path: files[path] for path in sorted(files, key=os.fsencode)}


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return ""


def _entries(walk: _Walk, folder: str) -> Iterator[str | Diagnostic]:
    """Paths of input files below a folder (relative to the root, ``""`` is the root), and diagnostics."""
    try:
        with os.scandir(walk.root / folder) as listing:
            entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
    except OSError as fault:
        yield _unreadable(folder or ".", fault)
        return
    for entry in entries:
        path = f"{folder}/{entry.name}" if folder else entry.name
        if entry.is_dir(follow_symlinks=False):
            if not _skips_folder(walk, path, entry):
                yield from _entries(walk, path)
        else:
            yield from _leaf(walk, path, entry)


def _skips_folder(walk: _Walk, path: str, entry: os.DirEntry[str]) -> bool:
    return (
        entry.name == ".git"
        or path in walk.skip
        or (entry.name.startswith(".") and entry.name.endswith(_SWAP_SUFFIX))
        or walk.rules.ignores(path, is_folder=True)
        or Path(entry.path, "pyvenv.cfg").is_file()
    )


def _leaf(walk: _Walk, path: str, entry: os.DirEntry[str]) -> Iterator[str | Diagnostic]:
    is_link = entry.is_symlink()
    if path in walk.skip or walk.rules.ignores(path, is_folder=False):
        return
    if not (entry.name.endswith(SUFFIXES) or (is_link and entry.is_dir())):
        return
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", errors="replace")
        yield error("JT153", "the file's name is not UTF-8", Location(shown), help="rename it")
        return
    if is_link:
        yield from _link(walk, path, entry)
    elif entry.is_file(follow_symlinks=False):
        yield path


def _link(walk: _Walk, path: str, entry: os.DirEntry[str]) -> Iterator[Diagnostic]:
    try:
        target = Path(entry.path).resolve(strict=True)
    except (OSError, RuntimeError) as fault:
        yield error("JT152", f"the symbolic link leads nowhere: {_words(fault)}", Location(path))
        return
    if not target.is_relative_to(walk.real_root):
        yield error(
            "JT151",
            "the symbolic link leaves the repository",
            Location(path),
            help="copy the file into the repository, or list the link in .jobtreeignore",
        )


def _read(root: Path, path: str) -> Source | Diagnostic:
    """Reads a regular file without following a link that took its place meanwhile.

    No more than one byte above the limit: whoever decodes it says that it is too large (JT106).
    """
    try:
        handle = os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return error("JT152", "it is no regular file", Location(path))
            data = file.read(LARGEST_FILE + 1)
    except OSError as fault:
        return _unreadable(path, fault)
    return Source(path=path, data=data)


def _unreadable(path: str, fault: OSError) -> Diagnostic:
    return error("JT152", f"it cannot be read: {_words(fault)}", Location(path), help="check its permissions")


def _words(fault: Exception) -> str:
    return fault.strerror or str(fault) if isinstance(fault, OSError) else str(fault)
