"""Random small fleets with leases, in seconds from 0 to 40, for the laws of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Interval, Window
from jobtree.base.quantity import GpuSeconds
from jobtree.model.budget import AggregateCap, Budget, Envelope, Lending, PreActivation
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Fleet, OwnerEntry
from jobtree.model.lease import Lease, LeaseReason, Payer, Role
from jobtree.model.run import Elastic, Run, TreeQuota
from jobtree.model.selector import Selector

END = 40
OWNERS = ("a", "b", "c", "d")
PARENTS = {"a": (), "b": ("a",), "c": ("a",), "d": ()}
"""a is the parent of b and c; d is a stranger, so that what it holds of others is borrowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    catalog: Catalog
    leases: tuple[Lease, ...]
    as_of: Instant


def limits(highest: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(0, highest)


@st.composite
def windows(draw) -> Window:
    start, end = draw(st.none() | st.integers(0, END)), draw(st.none() | st.integers(0, END))
    if start is not None and end is not None and start >= end:
        start, end = end, start + 1
    return Window(None if start is None else Instant(start), None if end is None else Instant(end))


@st.composite
def budgets(draw, owner: str) -> Budget:
    key = Key("ns", owner)
    envelopes = tuple(
        Envelope(
            key=EnvelopeKey("ns", owner, f"e{number}"),
            owner=Owner(owner),
            flavor="H",
            selector=Selector(),
            concurrency=draw(st.integers(1, 12)),
            max_gpu_seconds=draw(limits(200)),
            window=draw(st.just(Window()) | windows()),
            pre_activation=PreActivation(allow_admission=draw(st.booleans())),
            shared_with_family=draw(st.sampled_from((True, True, True, False))),
            lending=Lending(allow=draw(st.booleans()), max_concurrency=draw(limits(8))),
        )
        for number in range(draw(st.integers(1, 2)))
    )
    return Budget(key=key, owner=Owner(owner), parents=tuple(map(Owner, PARENTS[owner])), envelopes=envelopes)


@st.composite
def caps(draw, envelopes: tuple[EnvelopeKey, ...]) -> AggregateCap:
    members = draw(st.lists(st.sampled_from(envelopes), min_size=1, unique=True))
    return AggregateCap(
        budget=Key("ns", "a"),
        name=f"cap{draw(st.integers(0, 99))}",
        flavor="H",
        envelopes=tuple(sorted(members)),
        max_concurrency=draw(limits(16)),
        max_gpu_seconds=draw(limits(300)),
    )


@st.composite
def runs(draw, number: int) -> Run:
    owner = draw(st.sampled_from(OWNERS))
    tree = draw(
        st.none() | st.sampled_from((TreeQuota(key=Key("ns", "t"), max_gpus=10, max_gpu_seconds=GpuSeconds(150)),))
    )
    return Run(
        key=Key("ns", f"r{number}"),
        owner=Owner(owner),
        flavor="H",
        total_gpus=4,
        gpus_per_pod=1,
        duration=10,
        elastic=draw(st.none() | st.just(Elastic(minimum=1, maximum=4, step=1, desired=4))),
        admitted=draw(st.none() | st.integers(0, 9).map(Instant)),
        quotas=() if tree is None else (tree,),
    )


@st.composite
def leases_of(draw, run: Run, envelopes: tuple[Envelope, ...], *, co_funded: bool) -> tuple[Lease, ...]:
    """Up to three pods of a run over one interval, with one payer for all or a payer each."""
    start = draw(st.integers(0, END - 1))
    interval = Interval(Instant(start), Instant(draw(st.integers(start + 1, END))))
    payer = draw(st.sampled_from(envelopes))
    pods = []
    for number in range(draw(st.integers(1, 3))):
        paying = draw(st.sampled_from((*envelopes, None))) if co_funded else payer
        pod = _pod(run, paying, interval, number=number, slots=tuple(range(draw(st.integers(1, 6)))))
        pods.append(replace(pod, role=draw(st.sampled_from((Role.ACTIVE, Role.ACTIVE, Role.SPARE)))))
    return tuple(pods)


@st.composite
def worlds(draw, *, co_funded: bool = True) -> World:
    """Anything goes: windows, hours, caps, quotas, leases before and after the instant."""
    plain = [draw(budgets(owner)) for owner in OWNERS]
    envelopes = tuple(envelope for budget in plain for envelope in budget.envelopes)
    found = draw(st.lists(caps(tuple(item.key for item in envelopes)), max_size=2, unique_by=lambda cap: cap.name))
    plain[0] = replace(plain[0], caps=tuple(sorted(found, key=lambda cap: cap.name)))
    pending = tuple(draw(runs(number)) for number in range(draw(st.integers(1, 5))))
    held = [lease for run in pending for lease in draw(leases_of(run, envelopes, co_funded=co_funded))]
    return World(catalog=_catalog(plain, pending), leases=tuple(held), as_of=Instant(draw(st.integers(0, END))))


@st.composite
def crowded_worlds(draw) -> World:
    """Everything starts at one instant on two envelopes under one cap: ranks decide."""
    envelopes = [_envelope(owner, draw(st.integers(4, 12))) for owner in ("a", "b")]
    keys = tuple(item.key for item in envelopes)
    cap = AggregateCap(
        budget=Key("ns", "a"), name="cap", flavor="H", envelopes=keys, max_concurrency=draw(st.integers(4, 16))
    )
    plain = [
        Budget(key=Key("ns", "a"), owner=Owner("a"), envelopes=(envelopes[0],), caps=(cap,)),
        Budget(key=Key("ns", "b"), owner=Owner("b"), parents=(Owner("a"),), envelopes=(envelopes[1],)),
        Budget(key=Key("ns", "c"), owner=Owner("c"), parents=(Owner("a"),)),
    ]
    pending, held = [], []
    for number in range(draw(st.integers(2, 6))):
        run = _plain_run(number, draw(st.sampled_from(OWNERS)), draw(st.integers(0, 9)))
        payer, gpus = draw(st.sampled_from(envelopes)), draw(st.integers(1, 6))
        pending.append(run)
        held.append(_pod(run, payer, Interval(Instant(20), Instant(30)), number=0, slots=tuple(range(gpus))))
    return World(catalog=_catalog(plain, pending), leases=tuple(held), as_of=Instant(20))


@st.composite
def lent_worlds(draw) -> World:
    """Runs of b that its parent a and the stranger d pay for together, among runs of a and d on their own envelopes."""
    envelopes = {owner: _envelope(owner, draw(st.integers(4, 12))) for owner in ("a", "d")}
    plain = [
        Budget(key=Key("ns", "a"), owner=Owner("a"), envelopes=(envelopes["a"],)),
        Budget(key=Key("ns", "b"), owner=Owner("b"), parents=(Owner("a"),)),
        Budget(key=Key("ns", "d"), owner=Owner("d"), envelopes=(envelopes["d"],)),
    ]
    pending, held = [], []
    for number in range(draw(st.integers(2, 6))):
        run = _plain_run(number, draw(st.sampled_from(("a", "b", "b", "d"))), draw(st.integers(0, 9)))
        if run.owner == "b" and draw(st.booleans()):
            run = replace(run, elastic=Elastic(minimum=1, maximum=4, step=1, desired=4))
        pending.append(run)
        for place, payer in enumerate(("a", "d") if run.owner == "b" else (str(run.owner),)):
            gpus = range(draw(st.integers(1, 6)))
            held.append(
                _pod(run, envelopes[payer], Interval(Instant(20), Instant(30)), number=place, slots=tuple(gpus))
            )
    return World(catalog=_catalog(plain, pending), leases=tuple(held), as_of=Instant(20))


def _envelope(owner: str, concurrency: int) -> Envelope:
    key = EnvelopeKey("ns", owner, "e0")
    return Envelope(key=key, owner=Owner(owner), flavor="H", selector=Selector(), concurrency=concurrency)


def _plain_run(number: int, owner: str, admitted: int) -> Run:
    key = Key("ns", f"r{number}")
    return Run(
        key=key, owner=Owner(owner), flavor="H", total_gpus=4, gpus_per_pod=1, duration=10, admitted=Instant(admitted)
    )


def _pod(run: Run, payer: Envelope | None, interval: Interval, *, number: int, slots: tuple[int, ...]) -> Lease:
    return Lease(
        run=run.key,
        owner=run.owner,
        group=number if run.elastic else 0,
        rank=number,
        role=Role.ACTIVE,
        node=f"{run.key.name}-{number}",
        slots=slots,
        payer=None if payer is None else Payer(envelope=payer.key, owner=payer.owner),
        interval=interval,
        reason=LeaseReason.START,
    )


def _catalog(budgets: Sequence[Budget], runs: Sequence[Run]) -> Catalog:
    fleet = Fleet(name="f", owners=tuple(OwnerEntry(name=Owner(owner)) for owner in OWNERS))
    return Catalog(fleet=fleet, nodes=(), budgets=tuple(budgets), runs=tuple(runs))
