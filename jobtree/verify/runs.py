"""Runs as the checker reads them, job trees expanded (semantics.md 3 and 9)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from math import gcd

from jobtree.verify.budgets import Limits
from jobtree.verify.field import Field

Key = tuple[str, str]
"""Namespace, name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elastic:
    """The grid of a malleable run."""

    minimum: int
    maximum: int
    step: int
    desired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The cap of one tree or subtree."""

    tree: Key
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A gang as its document asks for it. ``seconds`` None: the fleet's default. ``tree``: the outermost around it."""

    key: Key
    owner: str
    path: str
    admitted: int | None
    flavor: str
    total: int
    asked_per_pod: int | None
    group: int | None
    spread: bool
    selector: dict[str, str]
    seconds: int | None
    checkpoint: int | None
    deadline: int | None
    elastic: Elastic | None
    spares: int
    borrows: bool
    borrow_limit: int | None
    sponsors: tuple[str, ...]
    opportunistic: bool
    after: tuple[Key, ...]
    together: tuple[Key, ...]
    quotas: tuple[Quota, ...] = ()
    tree: Key | None = None

    def widths(self) -> range:
        """Widths at which it may start."""
        if self.elastic is None:
            return range(self.total, self.total + 1)
        return range(self.elastic.minimum, self.total + 1, max(1, self.elastic.step))

    def per_pod(self, node_sizes: Iterable[int]) -> int:
        """GPUs of a pod: as asked, or what divides every size of the run and every node of the flavor."""
        if self.asked_per_pod is not None:
            return self.asked_per_pod
        own = [self.total, self.group or 0]
        if self.elastic:
            own += [self.elastic.minimum, self.elastic.step]
        return reduce(gcd, [*own, *node_sizes]) or 1

    @property
    def group_size(self) -> int | None:
        """Active GPUs of a group beyond the first ones; None when the placement makes the groups."""
        return self.group or (self.elastic.step if self.elastic else None) or None

    def group_sizes(self, width: int) -> tuple[int, ...] | None:
        """Active GPUs by group: the minimum in groups, then each step; None when the placement makes the groups."""
        size = self.group_size
        if size is None:
            return None
        base = min(width, self.elastic.minimum) if self.elastic else width
        return tuple(_chunks(base, size)) + tuple(_chunks(width - base, size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What runs of one document have in common."""

    namespace: str
    path: str
    admitted: int | None
    owner: str = ""
    quotas: tuple[Quota, ...] = ()
    tree: Key | None = None


def read_run(origin: Origin, name: str, spec: Field) -> Run:
    """Reads the spec of a Run; inside a tree the owner may be the tree's."""
    resources, locality, funding = spec["resources"], spec["locality"], spec["funding"]
    return Run(
        key=(origin.namespace, name),
        owner=spec["owner"].text(origin.owner),
        path=origin.path,
        admitted=origin.admitted,
        flavor=resources["gpuType"].text(),
        total=resources["totalGPUs"].integer(),
        asked_per_pod=resources["gpusPerPod"].integer_or_none(),
        group=locality["groupGPUs"].integer_or_none(),
        spread=locality["allowCrossGroupSpread"].flag(default=True),
        selector=locality["selector"].labels(),
        seconds=spec["runtime"]["duration"].duration(0) if spec["runtime"]["duration"] else None,
        checkpoint=spec["runtime"]["checkpoint"].duration(0) if spec["runtime"]["checkpoint"] else None,
        deadline=spec["runtime"]["deadline"].instant() if spec["runtime"]["deadline"] else None,
        elastic=_elastic(spec["malleable"]),
        spares=spec["spares"].integer(0),
        borrows=funding["allowBorrow"].flag(default=False),
        borrow_limit=funding["maxBorrowGPUs"].integer_or_none(),
        sponsors=funding["sponsors"].texts(),
        opportunistic=funding["allowOpportunistic"].flag(default=False),
        after=_keys(origin, spec["after"]),
        together=_keys(origin, spec["with"]),
        quotas=origin.quotas,
        tree=origin.tree,
    )


def read_tree(origin: Origin, name: str, spec: Field, documents: dict[Key, Run]) -> Iterator[Run]:
    """The runs below a JobTree, with the quotas of all trees around them, outermost first.

    An entry with a ``spec`` is a run with a qualified name; one with ``runRef`` is a Run document that joins the tree.
    """
    owner = spec["owner"].text(origin.owner)
    own = (origin.namespace, name)
    quotas = (*origin.quotas, *_quota(own, spec["quota"]))
    inner = replace(origin, owner=owner, quotas=quotas, tree=origin.tree or own)
    below: dict[str, tuple[Run, ...]] = {}
    for entry in spec["runs"]:
        below[entry["name"].text()] = (_member(inner, name, entry, documents),)
    for entry in spec["trees"]:
        child = entry["name"].text()
        below[child] = tuple(read_tree(inner, f"{name}-{child}", entry, documents))
    for entry in (*spec["runs"], *spec["trees"]):
        after = _siblings(origin, below, entry["after"])
        together = _siblings(origin, below, entry["with"])
        for run in below[entry["name"].text()]:
            yield replace(run, after=(*run.after, *after), together=(*run.together, *together))


def _member(inner: Origin, tree: str, entry: Field, documents: dict[Key, Run]) -> Run:
    if entry["spec"]:
        return read_run(inner, f"{tree}-{entry['name'].text()}", entry["spec"])
    joined = documents.get((inner.namespace, entry["runRef"].text()))
    if joined is None:
        raise entry["runRef"].wrong("a Run document of this namespace")
    return replace(joined, quotas=inner.quotas, tree=inner.tree)


def _siblings(origin: Origin, below: dict[str, tuple[Run, ...]], names: Field) -> tuple[Key, ...]:
    found: list[Key] = []
    for name in names.texts():
        found += [run.key for run in below[name]] if name in below else [(origin.namespace, name)]
    return tuple(found)


def _quota(tree: Key, entry: Field) -> Iterator[Quota]:
    if entry:
        hours = entry["maxGPUHours"].integer_or_none()
        gpus = entry["maxGPUs"].integer_or_none()
        yield Quota(tree=tree, limits=Limits(gpus=gpus, gpu_seconds=None if hours is None else hours * 3_600))


def _elastic(entry: Field) -> Elastic | None:
    if not entry:
        return None
    return Elastic(
        minimum=entry["minTotalGPUs"].integer(),
        maximum=entry["maxTotalGPUs"].integer(),
        step=entry["stepGPUs"].integer(),
        desired=entry["desiredTotalGPUs"].integer(entry["maxTotalGPUs"].integer()),
    )


def _keys(origin: Origin, names: Field) -> tuple[Key, ...]:
    return tuple((origin.namespace, name) for name in names.texts())


def _chunks(gpus: int, size: int) -> Iterator[int]:
    while gpus > 0:
        yield min(size, gpus)
        gpus -= size
