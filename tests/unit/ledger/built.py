"""Small values for tests of the ledger and of cover: hours from an origin, owners by letter."""

from collections.abc import Iterable, Sequence

from jobtree.base.identity import Domain, EnvelopeKey, Key, Owner
from jobtree.base.instant import ALWAYS, Instant, Interval, Window
from jobtree.base.quantity import GpuSeconds
from jobtree.model.budget import AggregateCap, Budget, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import CoverOrder, Fleet, OwnerEntry, Planning
from jobtree.model.lease import Lease, LeaseReason, Payer, Role
from jobtree.model.run import Run
from jobtree.model.selector import Selector
from jobtree.model.topology import Node

HOUR = 3600
FLAVOR = "H100"


def at(hours: float) -> Instant:
    return Instant(int(hours * HOUR))


def span(start: float, end: float) -> Interval:
    return Interval(at(start), at(end))


def window(start: float | None = None, end: float | None = None) -> Window:
    return Window(None if start is None else at(start), None if end is None else at(end))


def hours(gpu_hours: float) -> GpuSeconds:
    return GpuSeconds(int(gpu_hours * HOUR))


def envelope_key(owner: str, name: str = "e") -> EnvelopeKey:
    return EnvelopeKey(f"ns-{owner}", owner, name)


def envelope(owner: str, concurrency: int, name: str = "e", **more) -> Envelope:
    defaults = {"flavor": FLAVOR, "selector": Selector((("region", "*"),)), "window": ALWAYS}
    return Envelope(key=envelope_key(owner, name), owner=Owner(owner), concurrency=concurrency, **{**defaults, **more})


def cap(owner: str, members: Iterable[Envelope], gpus: int | None = None, name: str = "cap", **more) -> AggregateCap:
    keys = tuple(sorted(member.key for member in members))
    return AggregateCap(
        budget=Key(f"ns-{owner}", owner), name=name, flavor=FLAVOR, envelopes=keys, max_concurrency=gpus, **more
    )


def budget(owner: str, *envelopes: Envelope, parents: Sequence[str] = (), caps: Sequence[AggregateCap] = ()) -> Budget:
    return Budget(
        key=Key(f"ns-{owner}", owner),
        owner=Owner(owner),
        parents=tuple(Owner(parent) for parent in parents),
        envelopes=envelopes,
        caps=tuple(caps),
    )


def run(name: str, owner: str, gpus: int = 8, admitted: float | None = 0, **more) -> Run:
    defaults = {"flavor": FLAVOR, "gpus_per_pod": 1, "duration": 24 * HOUR}
    return Run(
        key=Key(f"ns-{owner}", name),
        owner=Owner(owner),
        total_gpus=gpus,
        admitted=None if admitted is None else at(admitted),
        **{**defaults, **more},
    )


def node(name: str = "n1", fabric: str = "A", region: str = "west", cluster: str = "c", flavor: str = FLAVOR) -> Node:
    labels = {"region": region, "cluster": cluster, "fabric.domain": fabric, "gpu.flavor": flavor}
    return Node(
        name=name, domain=Domain(region, cluster, fabric), flavor=flavor, gpus=64, labels=tuple(sorted(labels.items()))
    )


def catalog(
    budgets: Sequence[Budget],
    runs: Sequence[Run] = (),
    nodes: Sequence[Node] = (),
    *,
    owners: Sequence[str] | None = None,
    cover_order: CoverOrder = CoverOrder.PROXIMITY,
) -> Catalog:
    """Registers every owner that a budget or run names, unless ``owners`` says otherwise."""
    named = sorted({item.owner for item in (*budgets, *runs)}) if owners is None else owners
    return Catalog(
        fleet=Fleet(
            name="f",
            owners=tuple(OwnerEntry(name=Owner(name)) for name in named),
            planning=Planning(cover_order=cover_order),
        ),
        nodes=tuple(nodes) or (node(),),
        budgets=tuple(sorted(budgets, key=lambda item: item.key)),
        runs=tuple(sorted(runs, key=lambda item: item.key)),
    )


def lease(of: Run, payer: Envelope | None, interval: Interval, gpus: int | None = None, **more) -> Lease:
    defaults = {"group": 0, "rank": 0, "role": Role.ACTIVE, "node": "n1", "reason": LeaseReason.START}
    return Lease(
        run=of.key,
        owner=of.owner,
        slots=tuple(range(of.total_gpus if gpus is None else gpus)),
        payer=None if payer is None else Payer(envelope=payer.key, owner=payer.owner),
        interval=interval,
        **{**defaults, **more},
    )
