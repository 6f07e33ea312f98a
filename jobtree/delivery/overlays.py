"""Kustomizations around the output: those that name a path below it, and those that name such ones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from posixpath import dirname, join, normpath

from jobtree.delivery.kustomize import Overlay, overlay_at
from jobtree.delivery.patches import PatchFiles
from jobtree.delivery.paths import below, endings, named_paths, own_paths
from jobtree.delivery.place import Place
from jobtree.load.document import Document

_MOST = 1_000
_PARTS = ("resources", "bases", "components")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlays:
    """Those that count, by folder, with the folders that each is made of."""

    by_folder: Mapping[str, Overlay]
    parts: Mapping[str, tuple[str, ...]]

    def all(self) -> tuple[Overlay, ...]:
        """Sorted by folder."""
        return tuple(overlay for _, overlay in sorted(self.by_folder.items()))

    def of(self, spec: Place) -> tuple[Overlay, ...]:
        """The overlays that an Application or a Flux Kustomization delivers, with all that they are made of.

        A thousand at most: nothing is made of more, and a chain of all files is not gone through for each of them.
        """
        named = (path for place in own_paths(spec) for path in named_paths(place))
        waiting = [next((end for end in endings(path) if end in self.by_folder), "") for path in named]
        found: dict[str, Overlay] = {}
        while waiting and len(found) < _MOST:
            folder = waiting.pop()
            if folder in self.by_folder and folder not in found:
                found[folder] = self.by_folder[folder]
                waiting += self.parts[folder]
        return tuple(overlay for _, overlay in sorted(found.items()))


def find_overlays(documents: Sequence[Document], files: Mapping[str, bytes], out: str) -> Overlays:
    """Kustomizations and components of ``documents``. ``files`` are those in which patches may stand.

    A component names nothing of the output: it counts as a part of what does.
    """
    folders = {folder_of(one.path): one for one in documents if one.kind in ("Kustomization", "Component", None)}
    parts = {folder: tuple(_parts(folder, one, folders, _PARTS)) for folder, one in folders.items()}
    components = {folder: tuple(_parts(folder, one, folders, ("components",))) for folder, one in folders.items()}
    users: dict[str, list[str]] = {}
    for folder, inner in parts.items():
        for part in inner:
            users.setdefault(part, []).append(folder)
    around = _reached([folder for folder, one in folders.items() if below(_listed(one), out)], users)
    counted = _reached(around, components)  # what else an overlay lists sets nothing of ours
    patches = PatchFiles(files)
    chosen = {folder: folders[folder] for folder in counted}
    made = {folder: overlay_at(Place(one), patches, below(_listed(one), out)) for folder, one in chosen.items()}
    return Overlays(by_folder=made, parts={folder: parts[folder] for folder in counted})


def _listed(document: Document) -> Place:
    return Place(document, ("resources",))


def _parts(folder: str, document: Document, folders: Mapping[str, Document], keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        for path in named_paths(Place(document, (key,))):
            part = normpath(join(folder, path))
            if part in folders:
                yield part


def folder_of(path: str) -> str:
    """The folder of a file: ``.`` at the top."""
    return normpath(dirname(path) or ".")


def _reached(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> list[str]:
    """All that can be reached, sorted; a cycle is gone round once."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        folder = waiting.pop()
        if folder not in found:
            found.add(folder)
            waiting += edges.get(folder, ())
    return sorted(found)
