"""Who starts by itself: runs of a ``with`` set start in the same instant or not at all (semantics.md 9)."""

from collections.abc import Mapping

from jobtree.base.identity import Key
from jobtree.ledger.lives import Life, State
from jobtree.model.catalog import Catalog
from jobtree.plan.unit import join


def start_alone(catalog: Catalog, known: Mapping[Key, Life]) -> frozenset[Key]:
    """Pending runs that have no pending partner, whichever of the two names the other. O(runs + links)."""
    pairs = [(run.key, other) for run in catalog.runs for other in run.together]
    sets = join([run.key for run in catalog.runs], pairs)
    pending = [[key for key in members if key not in known or known[key].state is State.PENDING] for members in sets]
    return frozenset(members[0] for members in pending if len(members) == 1)
