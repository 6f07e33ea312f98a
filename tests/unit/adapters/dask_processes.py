"""Dask clusters on loopback, begun as a user begins them, and gone with their context."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

DASK = Path(sys.executable).parent / "dask"
ROOT = Path(__file__).parents[3]


@contextmanager
def begun(*arguments: str, path: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
    """A ``dask`` process whose modules come from ``path`` first; killed in the end."""
    environment = {**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}"}
    command = [DASK, *arguments, "--no-dashboard"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its address, and its process."""
    # A worker waits for the file, and a port of its own choice is free.
    told = folder / "scheduler.json"
    where = ("--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told))
    with begun("scheduler", *where, "--idle-timeout", "120 s") as process:  # and gone if the test itself is killed
        from dask.distributed import Client

        with Client(scheduler_file=str(told), timeout=30, set_as_default=False) as client:
            address = client.scheduler.address
        yield address, process


@contextmanager
def workers(address: str, *paths: Path) -> Iterator[None]:
    """A worker of one thread for each path that its modules come from; without nanny: who dies stays dead."""
    with ExitStack() as stack:
        for path in paths:
            stack.enter_context(
                begun("worker", address, "--no-nanny", "--nthreads", "1", "--death-timeout", "60", path=path)
            )
        yield
