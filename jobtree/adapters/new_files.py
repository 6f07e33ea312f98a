"""Writes files that are not there yet into a folder: all of them or none, and nothing that is there is touched.

A folder that does not exist appears with everything in it, by one rename. Into one that exists files are written one by
one, and taken out again if the disk refuses one of them.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from jobtree.base.diagnostic import Diagnostic, error

_SHOWN = 5


def write_new(tree: Mapping[str, bytes], folder: Path) -> tuple[Diagnostic, ...]:
    """Writes path to bytes below the folder. JT183 if a path is there already, JT702 if the disk refuses."""
    findings = obstacles(tree, folder)
    if findings:
        return findings
    try:
        if os.path.lexists(folder):
            _write_into(tree, folder)
        else:
            _write_aside(tree, folder)
    except FileExistsError as fault:  # somebody else was faster
        return (_there(folder, [str(fault.filename)]),)
    except OSError as fault:
        hint = "check permissions and free space; nothing was written"
        return (error("JT702", f"{folder} cannot be written: {fault.strerror or fault}", help=hint),)
    return ()


def obstacles(tree: Mapping[str, bytes], folder: Path) -> tuple[Diagnostic, ...]:
    """What is in the way: files that are there (JT183), and links or files where folders must be (JT702)."""
    steps = sorted({parent for path in tree for parent in Path(path).parents})
    for step in (folder / part for part in steps):
        if step.is_symlink() or (os.path.lexists(step) and not step.is_dir()):
            what = "a symbolic link" if step.is_symlink() else "no folder"
            return (error("JT702", f"{step} is {what}", help="name another folder with --out"),)
    there = [path for path in sorted(tree) if os.path.lexists(folder / path)]
    return (_there(folder, there),) if there else ()


def _there(folder: Path, paths: list[str]) -> Diagnostic:
    more = (f"and {len(paths) - _SHOWN:,} more",) if len(paths) > _SHOWN else ()
    hint = "name an empty or new folder with --out; nothing was written"
    return error("JT183", f"{folder} holds files that this would write", notes=(*paths[:_SHOWN], *more), help=hint)


def _write_aside(tree: Mapping[str, bytes], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))  # nobody else's, whatever is there
    aside = place / "new"
    try:
        for path, data in tree.items():
            (aside / path).parent.mkdir(parents=True, exist_ok=True)
            (aside / path).write_bytes(data)
        aside.rename(folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _write_into(tree: Mapping[str, bytes], folder: Path) -> None:
    made: list[Path] = []
    try:
        for path, data in tree.items():
            for parent in reversed(Path(path).parents):
                if not (folder / parent).is_dir():
                    (folder / parent).mkdir()
                    made.append(folder / parent)
            with (folder / path).open("xb") as file:
                made.append(folder / path)
                file.write(data)
    except OSError:
        for place in reversed(made):
            place.rmdir() if place.is_dir() else place.unlink()
        raise
