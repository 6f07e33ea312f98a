"""A small plan with every kind of decision, for the tests of the back end."""

from fractions import Fraction

from jobtree.base.diagnostic import Location, warning
from jobtree.base.identity import Domain, EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Interval, Window, parse_instant
from jobtree.base.quantity import GpuSeconds
from jobtree.load.source import Source
from jobtree.model.budget import Budget, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Fleet, OwnerEntry, Planning
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, LeaseReason, Payer, Role
from jobtree.model.plan import (
    Finished,
    Forecast,
    Group,
    Level,
    Placement,
    Plan,
    Pod,
    Proof,
    Reason,
    Refuse,
    Reserve,
    Running,
    RunPlan,
    Shortage,
    Start,
    Term,
)
from jobtree.model.run import Run
from jobtree.model.selector import Selector
from jobtree.model.topology import Node
from jobtree.plan.carry import leases_of

NOW = parse_instant("2026-03-02T09:00:00Z")
HOUR = 3_600
ISLAND = Domain("us-west", "gpu-a", "A")
OWNER, PARENT, LENDER = Owner("org:a"), Owner("org"), Owner("org2:b")
OWN = Payer(envelope=EnvelopeKey("team-a", "main", "west"), owner=OWNER)
LENT = Payer(envelope=EnvelopeKey("team-b", "main", "west"), owner=LENDER)


def at(hours: float) -> Instant:
    return Instant(NOW + int(hours * HOUR))


def placement(start: float, end: float, *payers: Payer | None, node: str = "n1", first_slot: int = 0) -> Placement:
    """One group; a pod of two GPUs for each payer, the last one a spare if there is more than one."""
    interval = Interval(at(start), at(end))
    pods = []
    for number, payer in enumerate(payers):
        slots = (first_slot + 2 * number, first_slot + 2 * number + 1)
        term = Term(interval=interval, payer=payer, reason=LeaseReason.START)
        spare = number > 0 and number == len(payers) - 1
        role = Role.SPARE if spare else Role.ACTIVE
        pods.append(Pod(rank=0 if spare else number, role=role, node=node, slots=slots, terms=(term,)))
    active = sum(len(pod.slots) for pod in pods if pod.role is Role.ACTIVE)
    return Placement(interval=interval, width=active, groups=(Group(index=0, domain=ISLAND, pods=tuple(pods)),))


def renewing() -> Placement:
    terms = (
        Term(interval=Interval(at(0), at(2)), payer=OWN, reason=LeaseReason.START),
        Term(interval=Interval(at(2), at(5)), payer=LENT, reason=LeaseReason.RENEW),
    )
    pod = Pod(rank=0, role=Role.ACTIVE, node="n2", slots=(0, 1), terms=terms)
    return Placement(interval=Interval(at(0), at(5)), width=2, groups=(Group(index=0, domain=ISLAND, pods=(pod,)),))


def entry(name: str, decision: object, code: str = "JT510", **facts: object) -> RunPlan:
    reason = Reason(code=code, message=f"why {name}", facts=facts)
    return RunPlan(run=Key("team-a", name), owner=OWNER, decision=decision, reason=reason)  # type: ignore[arg-type]


def plan() -> Plan:
    forecast = Forecast(deficit=(Shortage(domain=ISLAND, gpus=2),), natural_start=at(3), confidence="firm")
    return Plan(
        as_of=NOW,
        horizon=Interval(NOW, at(24)),
        runs=(
            entry("begin", Start(placement=placement(0, 4, OWN, LENT, OWN)), needed=4, cap=8),
            entry(
                "later", Reserve(placement=placement(3, 5, OWN, node="n2", first_slot=2), forecast=forecast), "JT511"
            ),
            entry("old", Finished(interval=placement(-5, -1, OWN).interval), "JT517"),
            entry("on", Running(placement=placement(-1, 2, None, node="n2", first_slot=4)), "JT516"),
            entry("renews", Start(placement=renewing())),
            entry("short", Refuse(), "JT403", short=(1, 2), who="x"),
        ),
        proof=Proof(
            status="bounded",
            solver="cbc",
            solver_version="2.10.3",
            limits=(("nodes", 100),),
            levels=(Level(name="wait", value=300, bound=200), Level(name="width", value=0, bound=None)),
        ),
        diagnostics=(warning("JT520", "slips", Location("runs/a.yaml", 3, 1), notes=("by 5m",)),),
    )


def past() -> tuple[ClosedLease, ...]:
    """The ledger: the lease of ``old``."""
    held = placement(-5, -1, OWN)
    closure = Closure(time=held.interval.end, reason=ClosureReason.COMPLETED)
    leases = leases_of(Key("team-a", "old"), OWNER, held)
    return tuple(ClosedLease(lease=lease, closure=closure) for lease in leases)


def catalog() -> Catalog:
    def budget(payer: Payer, *parents: Owner) -> Budget:
        envelope = Envelope(
            key=payer.envelope,
            owner=payer.owner,
            flavor="H100",
            selector=Selector((("region", "us-west"),)),
            concurrency=16,
            max_gpu_seconds=GpuSeconds(100 * HOUR),
            window=Window(at(-2), at(100)),
        )
        key = Key(payer.envelope.namespace, payer.envelope.budget)
        return Budget(key=key, owner=payer.owner, parents=parents, envelopes=(envelope,))

    labels = (("cluster", "gpu-a"), ("fabric.domain", "A"), ("gpu.flavor", "H100"), ("region", "us-west"))
    owners = tuple(OwnerEntry(name=name, namespaces=()) for name in (PARENT, OWNER, LENDER))
    return Catalog(
        fleet=Fleet(name="f", owners=owners, planning=Planning(spare_rate=Fraction(1, 4))),
        nodes=tuple(Node(name=n, domain=ISLAND, flavor="H100", gpus=8, labels=labels) for n in ("n1", "n2")),
        budgets=(budget(OWN, PARENT), budget(LENT)),
        runs=tuple(
            Run(key=run.run, owner=run.owner, flavor="H100", total_gpus=4, gpus_per_pod=2, duration=HOUR)
            for run in plan().runs
        ),
    )


INPUTS = (Source("fleet.yaml", b"x"), Source("a.yaml", b"y"))
