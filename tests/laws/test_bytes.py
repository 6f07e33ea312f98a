"""Equal inputs, equal bytes: whatever the hash seed, time zone, locale, umask, folder, and order of files."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from jobtree.adapters.files import read_tree

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"
NOW = "2026-03-02T09:00:00Z"


def copy_backwards(folder: Path) -> Path:
    """The example with its files made in the opposite order, some of them long after the others were touched."""
    for index, path in enumerate(sorted(QUICKSTART.rglob("*"), reverse=True)):
        inner = path.relative_to(QUICKSTART)
        if path.is_file() and inner.parts[0] != "rendered":
            (folder / inner).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / inner)
            os.utime(folder / inner, (index, index))
    return folder


def compile_in(folder: Path, *, umask: int = 0o022, **environment: str) -> Mapping[str, bytes]:
    """The output of a process of its own, run from within the fleet's folder."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "jobtree.cli.main", "compile", ".", "--now", NOW]
    done = subprocess.run(
        command, cwd=folder, env=clean | environment, umask=umask, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return read_tree(folder / "rendered")


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    return compile_in(copy_backwards(tmp_path_factory.mktemp("usual")), PYTHONHASHSEED="0", LC_ALL="C.UTF-8", TZ="UTC")


@pytest.mark.parametrize(
    ("environment", "umask"),
    [
        ({"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}, 0o077),
        ({"PYTHONHASHSEED": "4294967295", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8"}, 0o002),
        ({"PYTHONHASHSEED": "random", "LANG": "de_DE@euro", "PYTHONUTF8": "0", "COLUMNS": "20"}, 0o022),
    ],
)
def test_the_same_bytes_everywhere(
    usual: Mapping[str, bytes], tmp_path: Path, environment: Mapping[str, str], umask: int
) -> None:
    folder = tmp_path / "a longer path \u2013 with blanks"
    assert compile_in(copy_backwards(folder), umask=umask, **environment) == usual
    shutil.rmtree(folder / "rendered")
    shutil.copytree(folder, tmp_path / "again", copy_function=shutil.copyfile)
    assert compile_in(tmp_path / "again", umask=umask, **environment) == usual
