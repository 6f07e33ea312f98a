"""The files of a fleet repository as a revision has them, from git's objects: nothing is checked out.

What counts as input is what ``files.read_sources`` takes from a folder. Links are left out, for their targets are read
where they are; what another repository holds is not read.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from jobtree.adapters.files import LARGEST_OUTPUT, MOST_FILES, SUFFIXES, Reading, is_left_behind
from jobtree.adapters.git_calls import GitError, Repository, git
from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.load.ignore import IGNORE_FILE, IgnoreRules, parse_ignore
from jobtree.load.limits import INPUT
from jobtree.load.source import Source

_FILE_MODES = (b"100644", b"100755")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blob:
    """A regular file of a revision: ``path`` relative to the root."""

    path: str
    object_id: bytes
    size: int


def is_ancestor(repository: Repository, commit: str, of: str) -> bool:
    """Whether all of a commit's history is in the other's; also False where a shallow clone cannot tell."""
    try:
        git(repository, "merge-base", "--is-ancestor", commit, of)
    except GitError:
        return False
    return True


def sources_at(repository: Repository, commit: str, *, skip: Collection[str] = ()) -> Reading:
    """The inputs below root but for ``skip`` (folders relative to it), sorted by the bytes of their paths.

    Raises GitError.
    """
    blobs = {blob.path: blob for blob in _blobs(repository, commit, ".")}
    ignored = blobs.get(IGNORE_FILE)
    rules = IgnoreRules()
    if ignored is not None and ignored.size <= INPUT.size:
        rules = parse_ignore(_contents(repository, [ignored])[0].decode("utf-8", errors="replace"))
    environments = {str(PurePosixPath(path).parent) for path in blobs if PurePosixPath(path).name == "pyvenv.cfg"}
    closed = {*skip, *environments}
    wanted = [blob for path, blob in blobs.items() if path.endswith(SUFFIXES) and not _is_closed(path, closed, rules)]
    findings = [finding for blob in wanted if (finding := _objection(blob)) is not None]
    if len(wanted) > MOST_FILES:
        findings.append(error("JT154", f"there are more than {MOST_FILES} input files", Location(".")))
    taken = sorted(
        (blob for blob in wanted[:MOST_FILES] if _objection(blob) is None), key=lambda one: one.path.encode()
    )
    sources = (Source(blob.path, data) for blob, data in zip(taken, _contents(repository, taken), strict=True))
    return Reading(sources=tuple(sources), diagnostics=tuple(sorted(findings, key=lambda finding: finding.sort_key)))


def tree_at(repository: Repository, commit: str, folder: str) -> Mapping[str, bytes]:
    """Every regular file below a folder, by path relative to it; {} if there is none. Raises GitError."""
    blobs = sorted(_blobs(repository, commit, folder), key=lambda blob: os.fsencode(blob.path))
    large = [blob.path for blob in blobs if blob.size > LARGEST_OUTPUT]
    if large:
        raise GitError(f"{large[0]} has more than {LARGEST_OUTPUT:,} bytes")
    contents = _contents(repository, blobs)
    return {blob.path.removeprefix(f"{folder}/"): data for blob, data in zip(blobs, contents, strict=True)}


def _blobs(repository: Repository, commit: str, folder: str) -> Iterator[_Blob]:
    """Lines of ls-tree are ``mode type id size<TAB>path``, ended by NUL; paths are relative to root."""
    listing = git(repository, "ls-tree", "-r", "-l", "-z", commit, "--", folder if folder == "." else f"{folder}/")
    for line in listing.split(b"\0"):
        about, _, path = line.partition(b"\t")
        if about.split(b" ", 1)[0] in _FILE_MODES:
            _, _, object_id, size = about.split()
            if not size.isdigit():
                raise GitError(f"the object of {os.fsdecode(path)} is missing: fetch without a filter")
            yield _Blob(path=os.fsdecode(path), object_id=object_id, size=int(size))


def _contents(repository: Repository, blobs: Sequence[_Blob]) -> list[bytes]:
    """Each is printed as ``id type size``, a line end, its bytes, a line end."""
    printed = git(repository, "cat-file", "--batch", given=b"".join(blob.object_id + b"\n" for blob in blobs))
    found, at = [], 0
    for blob in blobs:
        start = printed.find(b"\n", at) + 1
        if printed[at:start].split()[1:2] != [b"blob"]:
            raise GitError(f"the object of {blob.path} is missing: fetch without a filter")
        at = start + blob.size + 1
        found.append(printed[start : at - 1])
    return found


def _is_closed(path: str, closed: Collection[str], rules: IgnoreRules) -> bool:
    """Whether the file, or a folder that it lies in, is left out."""
    folders = [str(folder) for folder in PurePosixPath(path).parents if str(folder) != "."]
    if path in closed or any(folder in closed or is_left_behind(PurePosixPath(folder).name) for folder in folders):
        return True
    return rules.ignores(path, is_folder=False) or any(rules.ignores(folder, is_folder=True) for folder in folders)


def _objection(blob: _Blob) -> Diagnostic | None:
    """Why a file cannot be read at all: its name (JT153) or its size (JT106)."""
    try:
        blob.path.encode("utf-8")
    except UnicodeEncodeError:
        shown = os.fsencode(blob.path).decode("utf-8", errors="replace")
        return error("JT153", "the file's name is not UTF-8", Location(shown), help="rename it")
    if blob.size > INPUT.size:
        return error("JT106", f"the file has {blob.size:,} bytes; at most {INPUT.size:,} are read", Location(blob.path))
    return None
