"""The file system: the inputs of a fleet repository, and the output tree as it stands.

Reading never fails as a whole: what cannot be read is a located diagnostic, and everything comes sorted by the bytes of
its path, whatever order the file system lists it in.
"""

import errno
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.load.ignore import IGNORE_FILE, MOST_LINES, IgnoreRules, parse_ignore
from jobtree.load.limits import INPUT
from jobtree.load.source import Source

SUFFIXES = (".yaml", ".yml", ".json")
MOST_FILES = 200_000
DEEPEST_FOLDER = 100
LARGEST_OUTPUT = 256 * 1024 * 1024
"""Bytes of one file of an output tree."""

_NO_FOLDER = "name the folder of a fleet repository; `jobtree init DIR` makes one"
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
    names: frozenset[str]
    rules: IgnoreRules


def read_sources(root: Path, *, skip: Collection[str] = (), names: Collection[str] = ()) -> Reading:
    """Every ``*.yaml``, ``*.yml``, ``*.json`` below root (contracts.md, Inputs), and every file with one of the names.

    Left out: ``skip`` (paths relative to root, with ``/``), paths of ``.jobtreeignore``, ``.git``, Python environments
    (folders with a ``pyvenv.cfg``), folders that an interrupted compile left behind. A symbolic link to a file or
    folder within the root is left out too, for its target is read where it is; one that leaves the root is JT151.
    """
    if not root.is_dir():
        return Reading(sources=(), diagnostics=(error("JT155", f"{root} is not a folder", help=_NO_FOLDER),))
    rules, findings = _ignore_rules(root)
    walk = _Walk(root=root, real_root=root.resolve(), skip=frozenset(skip), names=frozenset(names), rules=rules)
    sources: list[Source] = []
    for found in _entries(walk):
        if isinstance(found, Diagnostic):
            findings.append(found)
        elif len(sources) == MOST_FILES:
            findings.append(error("JT154", f"there are more than {MOST_FILES} input files", Location(found)))
            break
        else:
            taken = read_input(root, found)
            (sources if isinstance(taken, Source) else findings).append(taken)  # type: ignore[arg-type]
    sources.sort(key=lambda source: source.path.encode("utf-8"))
    return Reading(sources=tuple(sources), diagnostics=tuple(sorted(findings, key=lambda finding: finding.sort_key)))


def read_tree(out: Path) -> Mapping[str, bytes]:
    """Every regular file below an output folder, by path relative to it; {} if there is none. Raises OSError."""
    paths = [path for path in leaves(out) if is_regular(out / path)]
    return {path: read_output_file(out / path) for path in sorted(paths, key=os.fsencode)}


def leaves(folder: Path) -> Iterator[str]:
    """Everything below a folder that is no folder, links to folders included, relative to it. Raises OSError.

    In a fixed order; nothing if there is no such folder.
    """
    waiting = [""] if folder.is_dir() else []
    while waiting:
        inner = waiting.pop()
        with os.scandir(folder / inner) as listing:
            entries = sorted(listing, key=lambda entry: os.fsencode(entry.name), reverse=True)
        for entry in entries:
            path = f"{inner}/{entry.name}" if inner else entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield path
            elif path.count("/") >= DEEPEST_FOLDER:
                raise OSError(errno.ELOOP, f"folders are nested more than {DEEPEST_FOLDER} deep", path)
            else:
                waiting.append(path)


def is_left_behind(name: str) -> bool:
    """Whether a folder's name is that of a new or old output folder between which a swap was interrupted."""
    return name.startswith(".") and name.endswith(_SWAP_SUFFIX)


def is_regular(path: Path) -> bool:
    """Whether a regular file stands there itself: no link, pipe, device or socket."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read_regular(path: Path, *, most: int) -> bytes:
    """The first bytes of a regular file; a link, a pipe or a device is never opened for them. Raises OSError.

    No more than one byte above ``most``, which shows that the file is larger.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        return file.read(most + 1)


def read_output_file(path: Path) -> bytes:
    """A file of an output tree. Raises OSError, also if it is larger than any compile writes."""
    data = read_regular(path, most=LARGEST_OUTPUT)
    if len(data) > LARGEST_OUTPUT:
        raise OSError(errno.EFBIG, f"{path.name} has more than {LARGEST_OUTPUT:,} bytes", str(path))
    return data


def read_regular_file(path: Path) -> bytes:
    """A file that the command line names, whatever its size up to that of an output. Raises OSError."""
    return read_output_file(path)


def read_input(root: Path, path: str) -> Source | Diagnostic:
    """An input file of the tree, or why it cannot be read (JT152); its decoder says if it is too large (JT106)."""
    try:
        return Source(path=path, data=read_regular(root / path, most=INPUT.size))
    except OSError as fault:
        return _unreadable(path, fault)


def _ignore_rules(root: Path) -> tuple[IgnoreRules, list[Diagnostic]]:
    if not os.path.lexists(root / IGNORE_FILE):
        return IgnoreRules(), []
    taken = read_input(root, IGNORE_FILE)
    if isinstance(taken, Diagnostic):
        return IgnoreRules(), [taken]
    lines = taken.data.decode("utf-8", errors="replace")
    if lines.count("\n") > MOST_LINES:
        message = f"the file has more than {MOST_LINES:,} lines"
        return IgnoreRules(), [error("JT107", message, Location(IGNORE_FILE), help="ignore whole folders")]
    return parse_ignore(lines), []


def _entries(walk: _Walk) -> Iterator[str | Diagnostic]:
    """Paths of input files relative to the root, and diagnostics."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        if folder.count("/") >= DEEPEST_FOLDER:
            message = f"folders are nested more than {DEEPEST_FOLDER} deep"
            yield error("JT154", message, Location(folder), help="name the folder in .jobtreeignore, or flatten it")
            continue
        try:
            with os.scandir(walk.root / folder) as listing:
                entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
        except OSError as fault:
            yield _unreadable(folder or ".", fault)
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield from _leaf(walk, path, entry)
            elif not _skips_folder(walk, path, entry):
                waiting.append(path)


def _skips_folder(walk: _Walk, path: str, entry: os.DirEntry[str]) -> bool:
    return (
        entry.name == ".git"
        or path in walk.skip
        or is_left_behind(entry.name)
        or walk.rules.ignores(path, is_folder=True)
        or Path(entry.path, "pyvenv.cfg").is_file()
    )


def _leaf(walk: _Walk, path: str, entry: os.DirEntry[str]) -> Iterator[str | Diagnostic]:
    is_link = entry.is_symlink()
    if path in walk.skip or walk.rules.ignores(path, is_folder=False):
        return
    is_named = entry.name.endswith(SUFFIXES) or entry.name in walk.names
    if not (is_named or (is_link and _leads_to_folder(entry))):
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


def _leads_to_folder(link: os.DirEntry[str]) -> bool:
    try:
        return link.is_dir()
    except OSError:  # it leads to itself, or its target may not be seen: nothing of ours
        return False


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


def _unreadable(path: str, fault: OSError) -> Diagnostic:
    hint = "check its permissions" if isinstance(fault, PermissionError) else "remove it, or name it in .jobtreeignore"
    return error("JT152", f"it cannot be read: {_words(fault)}", Location(path), help=hint)


def _words(fault: Exception) -> str:
    return fault.strerror or str(fault) if isinstance(fault, OSError) else str(fault)
