"""Where a new run is written in a repository, whose layout is free.

Beside the other runs of its namespace if they all lie in one folder, and so those of its owner; else in
``runs/<namespace>``; always where the owner registry lets its owner write, if that can be found.
"""

from collections.abc import Collection, Iterator, Sequence

from jobtree.base.glob import glob_matches
from jobtree.base.identity import Key
from jobtree.edit.find import KINDS, Piece
from jobtree.load.loader import owners_in
from jobtree.load.source import Source

FLEET_FILE = "fleet.yaml"


def destination(
    piece: Piece, ending: str, *, others: Sequence[Piece], globs: Sequence[str], taken: Collection[str]
) -> str:
    """A path that nothing has yet; ``globs`` are where its owner may write (all of them none: anywhere)."""
    key = piece.key
    assert key is not None
    names = [f"{key.name}{ending}", f"{key.name}-{piece.kind.lower()}{ending}"]
    paths = [f"{folder}/{name}" for folder in _folders(key, piece, others, globs) for name in names]
    free = [path for path in paths if path not in taken] or paths
    allowed = [path for path in free if not globs or any(glob_matches(glob, path) for glob in globs)]
    return (allowed or free)[0]


def globs_of(owner: str, sources: Sequence[Source]) -> tuple[str, ...]:
    """Where the registry lets an owner write; nothing if it may write anywhere, or is unknown."""
    fleet = next((source for source in sources if source.path == FLEET_FILE), None)
    entries = owners_in(fleet) if fleet is not None else ()
    return next((tuple(entry.paths) for entry in entries if entry.name == owner), ())


def owner_of(piece: Piece) -> str:
    """Who owns a Run or a JobTree; nothing if it does not say."""
    spec = piece.document.data.get("spec")
    owner = spec.get("owner") if isinstance(spec, dict) else None
    return owner if isinstance(owner, str) else ""


def _folders(key: Key, piece: Piece, others: Sequence[Piece], globs: Sequence[str]) -> Iterator[str]:
    runs = [other for other in others if other.kind in KINDS]
    same = [other for other in runs if other.key is not None and other.key.namespace == key.namespace]
    for group in (same, [other for other in runs if owner_of(other) == owner_of(piece)]):
        folders = sorted({other.source.path.rpartition("/")[0] for other in group})
        if len(folders) == 1 and folders[0]:
            yield folders[0]
    yield f"runs/{key.namespace}"
    for glob in globs:
        plain = glob.partition("*")[0].partition("?")[0].rpartition("/")[0]
        if plain:
            yield plain
