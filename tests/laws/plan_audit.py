"""A second opinion on plans, in plain integers: it reads Catalog and Plan and none of the planner's own values."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.model.catalog import Catalog
from jobtree.model.lease import Role
from jobtree.model.plan import Placement, Plan, Pod, Reserve, Start, Term
from jobtree.model.run import Run
from jobtree.model.topology import Node

Item = tuple[Run, Placement]


def placed(fleet: Catalog, plan: Plan) -> list[Item]:
    """Runs that the plan starts or reserves."""
    return [
        (fleet.run_of[entry.run], entry.decision.placement)
        for entry in plan.runs
        if isinstance(entry.decision, Start | Reserve)
    ]


def faults(fleet: Catalog, plan: Plan) -> list[str]:
    """Names of broken laws with their place; empty for a sound plan."""
    items = placed(fleet, plan)
    found = [f"decision-complete {run.key}" for run in fleet.runs if [e.run for e in plan.runs].count(run.key) != 1]
    found += [f"slot {text}" for text in _slots(fleet, items)]
    for run, where in items:
        found += [f"{law} {run.key}" for law in _shape(fleet, plan, run, where)]
    found += [f"account {text}" for text in _accounts(fleet, items)]
    found += _dependencies(fleet, items)
    return found


def _pods(where: Placement) -> Iterator[tuple[int, Pod]]:
    for group in where.groups:
        for pod in group.pods:
            yield group.index, pod


def _slots(fleet: Catalog, items: list[Item]) -> Iterator[str]:
    gpus = {node.name: node.gpus for node in fleet.nodes}
    held: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    for _, where in items:
        for _, pod in _pods(where):
            for slot in pod.slots:
                if not 0 <= slot < gpus[pod.node]:
                    yield f"{pod.node}#{slot} does not exist"
                held[pod.node, slot].append((where.interval.start, where.interval.end))
    for place, spans in held.items():
        spans.sort()
        if any(first[1] > second[0] for first, second in pairwise(spans)):
            yield f"{place} is sold twice"


def _shape(fleet: Catalog, plan: Plan, run: Run, where: Placement) -> Iterator[str]:
    node_of = {node.name: node for node in fleet.nodes}
    domains = {node_of[pod.node].domain for _, pod in _pods(where)}
    if len({(domain.region, domain.cluster) for domain in domains}) != 1:
        yield "one-cluster"
    if not run.spread and len(domains) != 1:
        yield "one-domain"
    yield from _groups(run, where, node_of)
    yield from _pods_fit(run, where, node_of)
    width = sum(len(pod.slots) for _, pod in _pods(where) if pod.role is Role.ACTIVE)
    if width != where.width or width not in run.start_widths:
        yield "width-grid"
    if not plan.as_of <= where.interval.start < plan.horizon.end or where.interval.seconds != run.duration:
        yield "horizon"
    if run.deadline is not None and where.interval.end > run.deadline:
        yield "deadline"


def _groups(run: Run, where: Placement, node_of: Mapping[str, Node]) -> Iterator[str]:
    for group in where.groups:
        if {node_of[pod.node].domain for pod in group.pods} != {group.domain}:
            yield "group-whole"
        active = {pod.node for pod in group.pods if pod.role is Role.ACTIVE}
        spares = [pod for pod in group.pods if pod.role is Role.SPARE]
        if len(spares) != run.spares or active & {pod.node for pod in spares}:
            yield "spare-apart"
    if run.group_size is not None:
        sizes = [sum(len(p.slots) for p in g.pods if p.role is Role.ACTIVE) for g in where.groups]
        if tuple(sizes) != run.groups(where.width):
            yield "gang-whole"


def _pods_fit(run: Run, where: Placement, node_of: Mapping[str, Node]) -> Iterator[str]:
    for _, pod in _pods(where):
        node = node_of[pod.node]
        if node.flavor != run.flavor or not node.usable or not run.selector.matches(dict(node.labels)):
            yield "node-match"
        if len(pod.slots) != run.gpus_per_pod or len(set(pod.slots)) != len(pod.slots):
            yield "pod-size"


def _family(fleet: Catalog) -> Mapping[Owner, set[Owner]]:
    parents: dict[Owner, set[Owner]] = defaultdict(set)
    for budget in fleet.budgets:
        parents[budget.owner] |= set(budget.parents)
    above: dict[Owner, set[Owner]] = {}
    for owner in sorted({*parents, *(p for own in list(parents.values()) for p in own)}):
        reach, todo = {owner}, [owner]
        while todo:
            for parent in parents.get(todo.pop(), set()):
                if parent not in reach:
                    reach.add(parent)
                    todo.append(parent)
        above[owner] = reach
    return {one: {other for other in above if above[one] & above[other]} for one in above}


def _terms(items: list[Item]) -> Iterator[tuple[Run, Pod, Term]]:
    for run, where in items:
        for _, pod in _pods(where):
            for term in pod.terms:
                yield run, pod, term


def _untiled(items: list[Item]) -> Iterator[str]:
    for run, where in items:
        for _, pod in _pods(where):
            ends = [where.interval.start, *(term.interval.end for term in pod.terms)]
            if [term.interval.start for term in pod.terms] != ends[:-1] or ends[-1] != where.interval.end:
                yield f"terms of {run.key} do not tile"


def _accounts(fleet: Catalog, items: list[Item]) -> Iterator[str]:
    """Every account at every start, and over time. Terms must tile the interval; windows must cover terms."""
    family = _family(fleet)
    node_of = {node.name: node for node in fleet.nodes}
    uses: dict[object, list[tuple[int, int, int]]] = defaultdict(list)
    hours: dict[object, int] = defaultdict(int)
    yield from _untiled(items)
    for run, pod, term in _terms(items):
        rate = fleet.fleet.planning.spare_rate if pod.role is Role.SPARE else Fraction(1)
        for quota in run.quotas:
            uses["quota", quota.key].append((term.interval.start, term.interval.end, len(pod.slots)))
            hours["quota", quota.key] += _rounded_up(len(pod.slots) * term.interval.seconds * rate)
        if term.payer is None:
            if not run.funding.allow_opportunistic:
                yield f"{run.key} is not paid"
            continue
        envelope = fleet.envelopes[term.payer.envelope]
        if not envelope.window.covers(term.interval) and not envelope.pre_activation.allow_admission:
            yield f"{run.key} is paid out of window"
        if not envelope.selector.matches(dict(node_of[pod.node].labels)) or envelope.flavor != run.flavor:
            yield f"{run.key} is paid by an envelope that does not select {pod.node}"
        borrowed = envelope.owner != run.owner and envelope.owner not in family.get(run.owner, {run.owner})
        touched: list[object] = [envelope.key]
        touched += [("cap", b.key, c.name) for b in fleet.budgets for c in b.caps if envelope.key in c.envelopes]
        touched += [("lending", envelope.key), ("borrow", run.key)] if borrowed else []
        for name in touched:
            uses[name].append((term.interval.start, term.interval.end, len(pod.slots)))
            hours[name] += _rounded_up(len(pod.slots) * envelope.window.overlap_seconds(term.interval) * rate)
    for name, (gpus, seconds_cap) in _limits(fleet).items():
        if seconds_cap is not None and hours[name] > seconds_cap:
            yield f"{name} spends {hours[name]} of {seconds_cap}"
        for start, _, _ in uses[name]:
            total = sum(count for first, last, count in uses[name] if first <= start < last)
            if gpus is not None and total > gpus:
                yield f"{name} holds {total} of {gpus}"


def _rounded_up(amount: Fraction) -> int:
    return -(-amount.numerator // amount.denominator)


def _limits(fleet: Catalog) -> Mapping[object, tuple[int | None, int | None]]:
    limits: dict[object, tuple[int | None, int | None]] = {}
    for key, envelope in fleet.envelopes.items():
        limits[key] = (envelope.concurrency, envelope.max_gpu_seconds)
        limits["lending", key] = (envelope.lending.max_concurrency, envelope.lending.max_gpu_seconds)
    for budget in fleet.budgets:
        for cap in budget.caps:
            limits["cap", budget.key, cap.name] = (cap.max_concurrency, cap.max_gpu_seconds)
    for run in fleet.runs:
        limits["borrow", run.key] = (run.funding.max_borrow_gpus, None)
        for quota in run.quotas:
            limits["quota", quota.key] = (quota.max_gpus, quota.max_gpu_seconds)
    return limits


def _dependencies(fleet: Catalog, items: list[Item]) -> list[str]:
    when = {run.key: where.interval for run, where in items}
    found = []
    for run in fleet.runs:
        if run.key in when:
            late = [key for key in run.after if key not in when or when[key].end > when[run.key].start]
            found += [f"dependency {run.key} after {key}" for key in late]
        for other in run.together:
            starts = {when[key].start if key in when else None for key in (run.key, other)}
            if len(starts) != 1:
                found.append(f"co-start {run.key} with {other}")
    return found


def wait(fleet: Catalog, plan: Plan) -> int:
    """The wait level, computed from placements alone."""
    starts: dict[Key, int] = {run.key: where.interval.start for run, where in placed(fleet, plan)}
    return sum(
        run.total_gpus * run.duration * (starts.get(run.key, plan.horizon.end) - plan.as_of) for run in fleet.runs
    )


def level(plan: Plan, name: str) -> int:
    """The plan's own value of a level."""
    return next(one.value for one in plan.proof.levels if one.name == name)


def payers(plan: Plan) -> list[EnvelopeKey]:
    """Every payer of the plan, for readable failures."""
    return [
        term.payer.envelope
        for entry in plan.runs
        if isinstance(entry.decision, Start | Reserve)
        for _, pod in _pods(entry.decision.placement)
        for term in pod.terms
        if term.payer is not None
    ]
