"""What is written is what the next compile reads: read(write(x)) = x."""

from jobtree.emit.lock import write_lock
from jobtree.emit.tree import render
from jobtree.load.history import read_history
from jobtree.load.source import Source
from jobtree.model.plan import Reserve, Running, Start
from jobtree.plan.accounts import standing_of
from jobtree.plan.carry import leases_of
from tests.unit.emit.sample import INPUTS, catalog, plan


def test_leases_and_promises_come_back() -> None:
    tree = render(
        plan(),
        catalog(),
        standing_of(plan(), catalog()),
        inputs=INPUTS,
        lock=write_lock(plan(), {"asOf": "2026-03-02T09:00:00Z"}),
    )
    history, findings = read_history([Source(path, data) for path, data in tree.items()])
    assert findings == ()
    expected = [
        lease
        for run in plan().runs
        if isinstance(run.decision, Running | Start)
        for lease in leases_of(run.run, run.owner, run.decision.placement)
    ]
    assert list(history.leases) == expected
    (promise,) = history.promises
    (reserved,) = [run for run in plan().runs if isinstance(run.decision, Reserve)]
    assert isinstance(reserved.decision, Reserve)
    assert (promise.run, promise.nodes, promise.width) == (reserved.run, ("n2",), 2)
    assert promise.earliest_start == reserved.decision.placement.interval.start
