"""Tasks side by side on a Dask cluster; the only file that knows Dask. A worker that dies costs time, never the result.

Dask lays tasks on workers, begins a dead worker's tasks anew elsewhere, and pickles. Timeouts, TLS and how often a task
may outlive its worker are Dask's own configuration (``DASK_DISTRIBUTED__...``).
"""

import asyncio
import hashlib
import pickle
import platform
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import dask.config
from distributed import Client, Future
from distributed.comm.core import connect
from distributed.security import Security

import jobtree
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.milp.solver import Solver

Item = TypeVar("Item")
Result = TypeVar("Result")
Likeness = Mapping[str, str]

CONNECT = 10
"""Seconds in which a scheduler must answer, and in which a first worker must be there."""
PATIENCE = 60
"""Seconds without a result after which it is asked whether there are workers at all."""
RETRIES = 1
"""How often a task that failed is begun anew; death of a worker does not count, Dask's allowed-failures bounds it."""
SHOWN = 5
_REACH = "start `dask scheduler`, check host, port and TLS configuration, or plan here: --executor local"
_WORKERS = "start `dask worker` with the scheduler's address, or plan here: --executor local"
_LARGE = {"distributed.admin.large-graph-warning-threshold": "1TiB"}
"""Dask advises to lay large items on workers first; there they would be lost with the worker."""


class UnlikeError(Exception):
    """A worker that came later would plan differently."""


@contextmanager
def dask_cluster(address: str, solver: Solver, tell: Callable[[str], None]) -> Iterator["DaskCluster | Diagnostic"]:
    """The cluster of the scheduler at ``tcp://host:port`` or ``tls://host:port``, until the context ends.

    JT171 if no scheduler or no worker answers in time, JT172 if a worker would plan differently. ``tell`` hears what
    the cluster left undone.
    """
    try:
        asyncio.run(_greet(address))
        client = Client(address, timeout=CONNECT, set_as_default=False, name="jobtree")
    except Exception as fault:  # besides OSError, what TLS without certificates and a server of another kind lead to
        yield error("JT171", f"no Dask scheduler answers at {address}: {str(fault) or 'silence'}", help=_REACH)
        return
    with client:
        expected = likeness(solver)
        yield _unusable(client, solver, expected, address) or DaskCluster(client, solver, expected, tell)


async def _greet(address: str) -> None:
    """Dask's client would wait for ever for a server that takes the connection and says nothing."""
    async with asyncio.timeout(CONNECT):
        greeted = await connect(address, timeout=CONNECT, **Security().get_connection_args("client"))
        await greeted.close()


@cache
def likeness(solver: Solver) -> Likeness:
    """What must be equal where parts of one plan are made. ``sources`` tells builds of one version apart."""
    package = Path(jobtree.__file__).parent
    sources = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        sources.update(f"{path.relative_to(package).as_posix()}\0{path.stat().st_size}\n".encode() + path.read_bytes())
    return {
        "jobtree": version("jobtree"),
        "sources": sources.hexdigest()[:12],
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "machine": platform.machine(),
        "numpy": version("numpy"),
        "pulp": version("pulp"),
        solver.name: solver.version,
    }


def _unusable(client: Client, solver: Solver, expected: Likeness, address: str) -> Diagnostic | None:
    """JT171 or JT172. The scheduler is asked too: it unpickles the names of functions."""
    try:
        client.wait_for_workers(1, timeout=CONNECT)
        workers = client.run(likeness, solver, on_error="return")
    except OSError as fault:
        return error("JT171", f"no worker is known to the Dask scheduler at {address}: {fault}", help=_WORKERS)
    try:
        scheduler = client.run_on_scheduler(likeness, solver)
    except Exception as fault:
        scheduler = fault
    found = [("scheduler", scheduler), *sorted(workers.items())]
    notes = [f"{place}: {_difference(expected, told)}" for place, told in found if told != expected]
    if not notes:
        return None
    more = [f"and {len(notes) - SHOWN} more"] if len(notes) > SHOWN else []
    return error(
        "JT172",
        f"{len(notes):,} of {len(found):,} processes of the Dask cluster differ from this one",
        notes=(*notes[:SHOWN], *more),
        help="let scheduler and workers have the same jobtree, Python and libraries as this process: one image",
    )


def _difference(expected: Likeness, told: Likeness | Exception) -> str:
    if isinstance(told, Exception):
        return f"does not run jobtree: {told}"
    differing = [name for name in expected if told.get(name) != expected[name]]
    return ", ".join(f"{name} {told.get(name)}, here {expected[name]}" for name in differing)


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """A plan's executor; the client is connected."""

    client: Client
    solver: Solver
    expected: Likeness
    tell: Callable[[str], None]

    def map(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """The results in the order of the items. What fails there is done here, where a fault of the task is raised."""
        futures = self._submit(task, items)
        for number, item in enumerate(items, 1):
            if not futures:
                yield task(item)
                continue
            try:
                result = self._result(futures.popleft())
            except Exception as fault:
                self.tell(f"part {number} of {len(items)} is planned here: {type(fault).__name__}: {fault}")
                result = task(item)
                if self._is_deserted():
                    self.tell("the Dask cluster is gone: what is left is planned here")
                    futures.clear()
            yield result

    def _submit(self, task: Callable[[Item], Result], items: Sequence[Item]) -> "deque[Future[bytes]]":
        """A future for each item; none if nobody is there to do it."""
        if not items or self._is_deserted():
            return deque()
        bound = pickle.dumps((task, self.solver, self.expected))
        with dask.config.set(_LARGE):
            return deque(
                self.client.submit(_there, bound, pickle.dumps(item), retries=RETRIES, pure=False) for item in items
            )

    def _result(self, future: "Future[bytes]") -> Any:
        """Waits as long as somebody may do it, and fetches: a worker that dies in between takes the result with it."""
        fetched = self.client.gather(future, asynchronous=True)
        coming = asyncio.run_coroutine_threadsafe(fetched, self.client.loop.asyncio_loop)  # type: ignore[union-attr]
        while True:
            try:
                return pickle.loads(coming.result(PATIENCE))  # noqa: S301 - see below
            except TimeoutError:
                if coming.done() or self._is_deserted():
                    coming.cancel()
                    raise

    def _is_deserted(self) -> bool:
        """Whether no scheduler or no worker is left."""
        try:
            return self.client.status != "running" or not self.client.nthreads()
        except Exception:  # whatever the client says when its scheduler goes while it is asked
            return True


def _there(bound: bytes, item: bytes) -> bytes:
    """Does the task if that is the same as doing it at home. Bytes, so that the scheduler does not unpickle items."""
    task, solver, expected = pickle.loads(bound)  # noqa: S301 - who reaches a scheduler runs code anyway (ADR 21)
    found = likeness(solver)
    if found != expected:
        raise UnlikeError(_difference(expected, found))
    return pickle.dumps(task(pickle.loads(item)))  # noqa: S301 - likewise
