"""Budgets of ClusterQueues and Cohorts: an envelope for each flavor, and for a lendingLimit two.

nominalQuota is concurrency. Of a quota that may be lent in part, nominalQuota - lendingLimit is an envelope that
nobody shares, and lendingLimit is one that the family may use while it is unused: together they are nominalQuota.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jobtree.base.instant import Instant, format_instant
from jobtree.migrate.kueue.objects import ClusterQueue, Cohort, Found, Quota
from jobtree.migrate.kueue.options import Options
from jobtree.migrate.kueue.tenants import Tenancy, Tenant
from jobtree.migrate.migration import Note, Outcome
from jobtree.migrate.names import labels
from jobtree.migrate.wire import document

YEAR = 365 * 86_400
_MOST_ENVELOPES = 64
_RENEWAL = {"period": "365d", "notifyBefore": "30d"}


@dataclass(slots=True, kw_only=True)
class Budgets:
    """Documents by path, owners that have some, with their paths, and what there is to say."""

    files: dict[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    paths: dict[str, list[str]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holder:
    """Who holds quota: ``shares`` with its family, or else lends to ``lends_to`` as a sponsor, or neither.

    ``alone``: its owner has no family, so there is nobody with whom not to share.
    """

    source: str
    owner: str
    namespace: str
    name: str
    parents: tuple[str, ...]
    shares: bool
    lends_to: str | None
    alone: bool


def budgets(found: Found, tenancy: Tenancy, flavors: Mapping[str, str], options: Options) -> Budgets:
    """All budgets. ``flavors``: ResourceFlavor to ``gpu.flavor``."""
    made = Budgets()
    cohorts = [cohort for _, cohort in sorted(found.cohorts.items())]
    called = labels([*(queue.name for queue in found.cluster_queues), *(f"{one.name} cohort" for one in cohorts)])
    spaces = labels([*_namespaces(tenancy), *(f"{name} " for name in called.values())])
    for cohort in cohorts:
        _add_cohort(made, cohort, tenancy, _Naming(called, spaces, flavors, options))
    for tenant in tenancy.tenants:
        for queue in tenant.queues:
            _add_queue(made, queue, tenant, tenancy, _Naming(called, spaces, flavors, options))
    return made


@dataclass(frozen=True, slots=True)
class _Naming:
    called: Mapping[str, str]
    spaces: Mapping[str, str]
    flavors: Mapping[str, str]
    options: Options


def _namespaces(tenancy: Tenancy) -> list[str]:
    return [namespace for tenant in tenancy.tenants for namespace in tenant.namespaces]


def _add_cohort(made: Budgets, cohort: Cohort, tenancy: Tenancy, naming: _Naming) -> None:
    above = tenancy.parent[cohort.name]
    if above is None and not any(quota.nominal.whole for quota in cohort.quotas):
        return  # its name in the registry is enough
    name = naming.called[f"{cohort.name} cohort"]
    holder = _Holder(
        source=f"Cohort {cohort.name}",
        owner=tenancy.cohort_owner[cohort.name],
        namespace=naming.spaces[f"{name} "],
        name=name,
        parents=() if above is None else (tenancy.cohort_owner[above],),
        shares=True,
        lends_to=None,
        alone=False,
    )
    _add(made, holder, [replace(quota, lending=None) for quota in cohort.quotas], naming)
    made.notes.extend(_cohort_limits(cohort, holder))


def _add_queue(made: Budgets, queue: ClusterQueue, tenant: Tenant, tenancy: Tenancy, naming: _Naming) -> None:
    name = naming.called[queue.name]
    inside = queue.cohort is not None and tenancy.root_of(queue.cohort) == tenant.root
    family = inside and not tenant.apart
    root = tenant.root
    holder = _Holder(
        source=f"ClusterQueue {queue.name}",
        owner=tenant.owner,
        namespace=tenant.namespaces[0] if tenant.namespaces else naming.spaces[f"{name} "],
        name=name,
        parents=(tenancy.cohort_owner[queue.cohort],) if family and queue.cohort is not None else (),
        shares=family and queue.held is None,
        lends_to=f"{tenancy.cohort_owner[root]}:*" if inside and tenant.apart and root and not queue.held else None,
        alone=root is None,
    )
    _add(made, holder, queue.quotas, naming)
    if family:
        made.notes.extend(_borrowing(queue, holder))


def _add(made: Budgets, holder: _Holder, quotas: Sequence[Quota], naming: _Naming) -> None:
    called = labels(f"{quota.flavor}{part}" for quota in quotas for part in ("", " exclusive", " shared"))
    envelopes = [one for quota in quotas for one in _envelopes(quota, holder, (naming, called), made.notes)]
    pages = [envelopes[at : at + _MOST_ENVELOPES] for at in range(0, len(envelopes), _MOST_ENVELOPES)] or [[]]
    documents = []
    for number, page in enumerate(pages, start=1):
        name = holder.name if number == 1 else _page_name(f"{holder.name} {number:03}", naming)
        spec: dict[str, Any] = {"owner": holder.owner}
        spec |= {"parents": list(holder.parents)} if holder.parents else {}
        spec |= {"envelopes": page, "autoRenew": dict(_RENEWAL)} if page else {}
        documents.append(document("Budget", {"name": name, "namespace": holder.namespace}, spec))
    path = f"budgets/{holder.name}.yaml"
    made.files[path] = tuple(documents)
    made.paths.setdefault(holder.owner, []).append(path)


def _page_name(key: str, naming: _Naming) -> str:
    return labels([*naming.called.values(), key])[key]


def _envelopes(
    quota: Quota, holder: _Holder, names: tuple[_Naming, Mapping[str, str]], notes: list[Note]
) -> Iterator[dict[str, Any]]:
    """The envelopes of one flavor; none for a quota of 0. ``names``: of things, and of this budget's envelopes."""
    naming, called = names
    nominal, lending = quota.nominal.whole, quota.lending
    lent = nominal if lending is None else min(lending.whole, nominal)
    flavor = naming.flavors[quota.flavor]
    parts = _parts(quota.flavor, nominal, lent, holder)
    target = f"Budget {holder.namespace}/{holder.name}" + "".join(
        f", envelope {called[part['name']]}" for part in parts
    )
    notes.extend(_quota_notes(quota, lent, holder, target))
    for part in parts:
        yield {
            "name": called[part["name"]],
            "flavor": flavor,
            "selector": {"cluster": naming.options.cluster},
            "concurrency": part["concurrency"],
            **_window(naming.options.now),
            **part["rules"],
        }


def _parts(flavor: str, nominal: int, lent: int, holder: _Holder) -> list[dict[str, Any]]:
    """Key of the name, concurrency and rules of each envelope; concurrencies add up to ``nominal``."""
    private = {"sharing": "none"}
    if nominal == 0:
        return []
    if holder.shares and 0 < lent < nominal:
        return [
            {"name": f"{flavor} exclusive", "concurrency": nominal - lent, "rules": private},
            {"name": f"{flavor} shared", "concurrency": lent, "rules": {}},
        ]
    rules: dict[str, Any] = {} if (holder.shares and lent) or holder.alone else dict(private)
    if holder.lends_to is not None and lent:
        bound = {"maxConcurrency": lent} if lent < nominal else {}
        rules["lending"] = {"allow": True, "to": [holder.lends_to], **bound}
    return [{"name": flavor, "concurrency": nominal, "rules": rules}]


def _window(now: Instant) -> dict[str, str]:
    return {"start": format_instant(now), "end": format_instant(Instant(now + YEAR))}


def _quota_notes(quota: Quota, lent: int, holder: _Holder, target: str) -> Iterator[Note]:
    nominal, source = quota.nominal, f"{holder.source}: {quota.flavor}"
    if not nominal.exact:
        text = f"nominalQuota {nominal.written} is read as {nominal.whole:,}: GPUs are whole, and at most 1,000,000"
        yield Note(outcome=Outcome.CHANGED, source=source, target=target, text=text)
    if nominal.whole == 0:
        text = "nominalQuota 0 needs no envelope: its runs use what the family leaves unused"
        yield Note(outcome=Outcome.MAPPED, source=source, target=None, text=text)
        return
    text = f"nominalQuota {nominal.written} = concurrency {nominal.whole:,}"
    if quota.lending is not None and holder.shares:
        kept = nominal.whole - lent
        text = f"nominalQuota {nominal.written} = {kept:,} for itself + {lent:,} that the family may use (lendingLimit)"
    yield Note(outcome=Outcome.MAPPED, source=source, target=target, text=text)
    if holder.shares and 0 < lent < nominal.whole:
        text = (
            f"a pod is paid by one envelope: a pod of more than {max(lent, nominal.whole - lent):,} GPUs, which fitted "
            "the whole quota, fits neither part"
        )
        yield Note(outcome=Outcome.CHANGED, source=f"{source}: lendingLimit", target=target, text=text)
    if holder.lends_to is not None and lent == 0:
        text = "borrowingLimit 0 and lendingLimit 0: it takes nothing from its cohort and gives it nothing"
        yield Note(outcome=Outcome.MAPPED, source=source, target=target, text=text)
    elif holder.lends_to is not None:
        text = (
            f"borrowingLimit 0: it takes nothing from its cohort, so it is no family of it; it lends {lent:,} as a "
            "sponsor to runs that name it under funding.sponsors, and gets them back when those runs end"
        )
        yield Note(outcome=Outcome.CHANGED, source=source, target=target, text=text)


def _borrowing(queue: ClusterQueue, holder: _Holder) -> Iterator[Note]:
    for quota in queue.quotas:
        if quota.borrowing is not None:
            text = (
                f"it could use {quota.nominal.whole:,} + {quota.borrowing.whole:,} GPUs at once; here nothing but what "
                "the family leaves unused bounds it; to bound some runs, put them into one JobTree with quota.maxGPUs"
            )
            source = f"{holder.source}: borrowingLimit {quota.borrowing.written} of {quota.flavor}"
            yield Note(outcome=Outcome.DROPPED, source=source, target=None, text=text)


def _cohort_limits(cohort: Cohort, holder: _Holder) -> Iterator[Note]:
    for quota in cohort.quotas:
        limits = (("borrowingLimit", "borrow from", quota.borrowing), ("lendingLimit", "lend to", quota.lending))
        for field_name, verb, limit in limits:
            if limit is not None:
                text = f"what the queues below it may {verb} others together has no bound here"
                if field_name == "lendingLimit":
                    text += f"; the {quota.nominal.whole:,} GPUs of the cohort itself are for its whole family to use"
                source = f"{holder.source}: {field_name} {limit.written} of {quota.flavor}"
                yield Note(outcome=Outcome.DROPPED, source=source, target=None, text=text)
