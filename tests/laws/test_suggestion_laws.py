"""What is suggested is true: documents edited as it says, compiled for real, start the run when it said."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.base.progress import Silent
from jobtree.emit.lock import Lock
from jobtree.load.source import Source
from jobtree.model.contention import Entropy
from jobtree.model.plan import Refuse, Reserve, Start
from jobtree.plan.executor import InOrder
from jobtree.reading import Reading, read_all
from jobtree.request import CompileRequest
from jobtree.whatif.suggest import suggest
from jobtree.whatif.table import table_for
from tests.laws.compiler import AT_NOW, SOLVER, compiled, tree_of
from tests.laws.rewriting import rewritten
from tests.worlds import World, contended_worlds, worlds


def reading_of(world: World, tree: Mapping[str, bytes]) -> Reading:
    request = CompileRequest(
        sources=[Source(path, data) for path, data in world.sources().items()],
        previous=[Source(path, data) for path, data in tree.items()],
        admissions={},
        as_of=AT_NOW,
        entropy=Entropy(text="5eed"),
    )
    read = read_all(request)
    assert isinstance(read, Reading)
    return read


@settings(max_examples=60)
@given(st.one_of(worlds(), contended_worlds()), st.data())
def test_a_suggestion_holds_when_it_is_followed(world: World, data: st.DataObject) -> None:
    result = compiled(world)
    if result.tree is None or result.plan is None:
        return
    waiting = [one.run for one in result.plan.runs if isinstance(one.decision, Reserve | Refuse)]
    if not waiting:
        return
    key = data.draw(st.sampled_from(waiting))
    read = reading_of(world, tree_of(result))
    assert isinstance(read.lock, Lock)
    found = suggest(table_for(read, read.lock.plan, key, SOLVER, InOrder()), Silent())
    for suggestion in found.found:
        assert found.start is None or suggestion.start < found.start
        edited = rewritten(world, read.catalog, suggestion.idea.catalog)
        after = compiled(edited, previous=result.tree, ledger=result.ledger)
        tree_of(after)  # the documents are accepted, and the checker lets the plan pass
        assert after.plan is not None
        decision = next(one.decision for one in after.plan.runs if one.run == key)
        assert isinstance(decision, Start | Reserve), suggestion.idea.words
        assert (decision.placement.interval.start, decision.placement.width) == (suggestion.start, suggestion.width)
