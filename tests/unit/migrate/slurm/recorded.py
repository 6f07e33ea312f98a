"""What Slurm 22.05.8 printed of the lab: examples/from-slurm."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.instant import Instant, parse_instant
from jobtree.migrate.migration import Migration, Note
from jobtree.migrate.slurm.convert import migrate_slurm
from jobtree.migrate.slurm.site import Settings

FOLDER = Path(__file__).parents[4] / "examples" / "from-slurm"
NOW = parse_instant("2026-11-27T09:00:00Z")
SETTINGS = Settings(now=NOW, until=Instant(NOW + 365 * 86_400))


@cache
def recorded() -> Mapping[str, str]:
    """All outputs and scripts by file name."""
    return {
        path.name: path.read_text("utf-8") for path in sorted(FOLDER.iterdir()) if path.suffix in (".txt", ".sbatch")
    }


def imported(**changed: str | None) -> Migration:
    """The lab, with some outputs (``config`` for config.txt) replaced or left out; it must be importable."""
    migration, findings = attempted(**changed)
    assert migration is not None, findings
    return migration


def attempted(**changed: str | None) -> tuple[Migration | None, tuple[Diagnostic, ...]]:
    """As ``imported``, whatever comes of it."""
    texts = {**recorded(), **{f"{name}.txt": text for name, text in changed.items()}}
    return migrate_slurm({name: text for name, text in texts.items() if text is not None}, SETTINGS)


def edited(name: str, *changes: tuple[str, str]) -> str:
    """An output with some text in it replaced; the text must be there."""
    text = recorded()[f"{name}.txt"]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def spec(migration: Migration, path: str) -> Mapping[str, Any]:
    """The spec of the only document of a file."""
    (document,) = migration.files[path]
    found: Mapping[str, Any] = document["spec"]
    return found


def note(migration: Migration, start: str) -> Note:
    """The only note whose source starts so."""
    (found,) = [note for note in migration.notes if note.source.startswith(start)]
    return found
