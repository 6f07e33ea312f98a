"""``--executor``: where components are planned. Only the command line says so, never a file of the repository."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import Annotated

import typer

from jobtree.adapters.processes import Processes
from jobtree.base.diagnostic import Diagnostic
from jobtree.milp.solver import Solver
from jobtree.plan.executor import Executor

LOCAL = "local"
FORMS = "local, local:N (processes), dask://HOST:PORT, or dask+tls://HOST:PORT"
_LOCAL = re.compile(r"local(?::([1-9][0-9]{0,3}))?", re.ASCII)
_DASK = re.compile(r"(dask|dask\+tls)://((?:[\w.-]+|\[[0-9A-Fa-f:.]+\]):[1-9][0-9]{0,4})", re.ASCII)
_TRANSPORTS = {"dask": "tcp", "dask+tls": "tls"}

Where = Annotated[str, typer.Option(metavar="WHERE", help=f"Where parts of the plan are made: {FORMS}.")]
Opening = Callable[[Solver], AbstractContextManager[Executor | Diagnostic]]
"""Opens an executor for as long as the context lasts, or says why there is none. The solver is the same everywhere."""


def given_executor(text: str, tell: Callable[[str], None]) -> Opening:
    """The executor that the command line asks for, not yet begun; a usage error if it has no such form.

    ``tell`` hears of parts that the executor left undone.
    """
    if found := _LOCAL.fullmatch(text):
        workers = int(found[1] or 0)
        return lambda _: nullcontext(Processes(workers))
    found = _DASK.fullmatch(text)
    if not found or int(found[2].rpartition(":")[2]) > 65_535:
        raise typer.BadParameter(f"an executor is {FORMS}", param_hint="--executor")
    if find_spec("distributed") is None:
        raise typer.BadParameter("Dask is not installed: pip install 'jobtree[dask]'", param_hint="--executor")
    from jobtree.adapters.dask_cluster import dask_cluster  # an extra: nothing else may need it

    address = f"{_TRANSPORTS[found[1]]}://{found[2]}"
    return lambda solver: dask_cluster(address, solver, tell)
