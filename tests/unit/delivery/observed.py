"""Objects as a cluster has them: what an example compiles to, with statuses made from values of the runtime core."""

import copy
import functools
from typing import Any

from jobtree.base.instant import format_instant
from jobtree.load.history import read_history
from jobtree.load.source import Source
from jobtree.load.yaml_reader import read_documents
from jobtree.model.lease import SEEDED, ClosedLease, Closure, ClosureReason, Lease
from jobtree.runtime.status import RunState
from tests.golden.renew import EXAMPLES, expected

Object = dict[str, Any]

QUICKSTART = next(example for example in EXAMPLES if example.name == "quickstart")
WRITTEN = {"manager": "jobtree-binder", "operation": "Update", "subresource": "status"}
"""How an API server remembers who wrote a status."""


@functools.cache
def _documents() -> tuple[Object, ...]:
    kept = [Source(path, data) for path, data in expected(QUICKSTART).items() if path.endswith(".yaml")]
    inputs = [Source(path.name, path.read_bytes()) for path in sorted(QUICKSTART.folder.glob("*.yaml"))]
    return tuple(document.data for source in (*kept, *inputs) for document in read_documents(source)[0])


def objects(kind: str) -> list[Object]:
    """Those of a kind, as they are applied, with the field manager that applied them."""
    found = [copy.deepcopy(one) for one in _documents() if one.get("kind") == kind]
    for one in found:
        one["metadata"]["managedFields"] = [{"manager": "argocd-controller", "operation": "Apply"}]
    return found


def leases() -> tuple[Lease, ...]:
    sources = [Source(path, data) for path, data in expected(QUICKSTART).items()]
    return read_history(sources)[0].leases


def closed(lease: Lease, reason: ClosureReason) -> ClosedLease:
    seed = "3f2a" if reason in SEEDED else ""
    return ClosedLease(lease=lease, closure=Closure(time=lease.interval.end, reason=reason, seed=seed))


def lease_status(one: ClosedLease) -> Object:
    return {"closed": True, "ended": format_instant(one.closure.time), "closureReason": str(one.closure)}


def run_status(state: RunState) -> Object:
    assert state.phase is not None
    return {"phase": state.phase.value}


def with_status(thing: Object, status: Object) -> Object:
    made = copy.deepcopy(thing)
    made["metadata"]["managedFields"].append(WRITTEN)
    return {**made, "status": status}
