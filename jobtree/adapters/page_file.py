"""The report page: its parts as they ship with the program, and the one file that it becomes."""

import os
import tempfile
from pathlib import Path

from jobtree import report
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.report.document import Assets

_PARTS = Path(report.__file__).parent / "page"


def page_assets() -> Assets:
    """The style sheet and the modules of the page."""
    scripts = {path.name: path.read_text("utf-8") for path in sorted(_PARTS.glob("*.js"))}
    return Assets(style=(_PARTS / "page.css").read_text("utf-8"), scripts=scripts)


def write_page(path: Path, page: bytes) -> tuple[Diagnostic, ...]:
    """Writes the file beside its place and renames it, so that a reader sees a whole page. JT779 if it cannot be."""
    if path.is_symlink() or (os.path.lexists(path) and not path.is_file()):
        return (_refused(path, "it is there and is no regular file"),)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        beside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(page)
            beside.chmod(0o666 & ~_umask())
            beside.rename(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as fault:
        return (_refused(path, fault.strerror or str(fault)),)
    return ()


def _umask() -> int:
    """What the process leaves out of the rights of new files; there is no way to ask but to set it."""
    found = os.umask(0)
    os.umask(found)
    return found


def _refused(path: Path, why: str) -> Diagnostic:
    hint = "name another file with -o"
    return error("JT779", f"{path} cannot be written: {why}", help=hint)
