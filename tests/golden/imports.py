"""What the example clusters of other schedulers are imported as, and where it is kept. As a module, it renews it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jobtree.cli.main import run

ROOT = Path(__file__).parents[2]
NOW = "2026-03-02T09:00:00Z"


@dataclass(frozen=True)
class Imported:
    """``examples/from-<scheduler>``: input files beside ``fleet``, what is made of them."""

    scheduler: str
    options: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return ROOT / "examples" / f"from-{self.scheduler}"

    @property
    def kept(self) -> Path:
        return self.folder / "fleet"

    def write(self, out: Path) -> int:
        given = sorted(str(path) for path in self.folder.glob("*.yaml"))
        return run(["import", self.scheduler, *given, "--out", str(out), "--now", NOW, *self.options])


IMPORTED = (Imported("kueue", ("--cluster", "gpu-west")),)


def tree(folder: Path) -> Mapping[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


if __name__ == "__main__":
    for example in IMPORTED:
        shutil.rmtree(example.kept, ignore_errors=True)
        assert example.write(example.kept) == 0
