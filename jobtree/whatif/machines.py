"""Ideas about capacity: more nodes where GPUs are missing (semantics.md 6)."""

from collections.abc import Sequence

from jobtree.base.identity import Domain
from jobtree.base.words import count
from jobtree.model.altered import with_nodes
from jobtree.model.plan import Reserve
from jobtree.model.topology import Node
from jobtree.whatif.idea import Case, Chain, Idea


def more_nodes(case: Case) -> Chain:
    """Nodes like those that are there, in the domain that lacks GPUs: as many as are missing, then for the whole run.

    Where the run fits no domain, the largest is made to hold it.
    """
    missing = _missing(case)
    if missing is None:
        return ()
    domain, gpus = missing
    like = _suitable(case, domain)[-1]
    counts = sorted({-(-most // like.gpus) for most in (gpus, case.run.total_gpus)})
    return tuple(_idea(case, domain, like, count) for count in counts if count * like.gpus >= gpus)


def _idea(case: Case, domain: Domain, like: Node, nodes: int) -> Idea:
    return Idea(
        words=f"{count(nodes, 'more node')} of {count(like.gpus, 'GPU')} in domain {domain}",
        edit=f"{nodes} more like node {like.name}",
        catalog=with_nodes(case.catalog, like, nodes),
    )


def _missing(case: Case) -> tuple[Domain, int] | None:
    """The domain that lacks the most GPUs now."""
    if isinstance(case.decided.decision, Reserve):
        lacking = [one for one in case.decided.decision.forecast.deficit if _suitable(case, one.domain)]
        worst = max(lacking, key=lambda one: one.gpus, default=None)
        return None if worst is None else (worst.domain, worst.gpus)
    need, best = case.number("need"), case.number("largestDomain")
    domains = sorted({node.domain for node in case.catalog.nodes if _suits(case, node)})
    if need is None or best is None or not domains or need <= best:
        return None
    largest = max(domains, key=lambda domain: sum(node.gpus for node in _suitable(case, domain)))
    have = case.number("have") or 0
    return largest, need - (best if case.run.group_gpus is not None or not case.run.spread else have)


def _suitable(case: Case, domain: Domain) -> Sequence[Node]:
    return [node for node in case.catalog.nodes if node.domain == domain and _suits(case, node)]


def _suits(case: Case, node: Node) -> bool:
    return node.usable and node.flavor == case.run.flavor and case.run.selector.matches(dict(node.labels))
