"""Runs that wait too long although their owners are entitled to more: recall, or a contended reservation.

A run contends if it could be paid by the lead, and would otherwise wait longer than that (semantics.md 8). An owner
whose own envelope is used by family takes it back at once where GPUs are free.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.ledger.lives import Life, lives
from jobtree.model.lease import Lease
from jobtree.model.plan import Plan, Refuse, Reserve, RunPlan, Start
from jobtree.model.run import Run
from jobtree.plan.carry import leases_of
from jobtree.plan.lone import suitable_sites
from jobtree.plan.slot_times import only
from jobtree.plan.standing import NOBODY, Claim, Hold
from jobtree.resolve.attempt import attempt
from jobtree.resolve.candidates import Herd, herd, protected_until
from jobtree.resolve.choice import Attempt
from jobtree.resolve.claims import claim_of, meets_another, out_of_reach, placed_slots, spoken_for, with_odds
from jobtree.resolve.ground import Ground, released
from jobtree.resolve.partners import start_alone
from jobtree.resolve.reach import Reach, reach_of
from jobtree.resolve.room import planned_leases

Found = TypeVar("Found")

HOPELESS = ("JT501", "JT504")
"""Refusals that no cut can mend: the fleet, an upstream."""


def contend(ground: Ground, base: Plan) -> Ground:
    """The ground with what contention adds to a plan; the very same ground if that is nothing.

    By rank, so that of two that contend for the same GPUs the one admitted first gets them. Costs O(log runs) attempts
    for each run that waits and that ``resolve.reach`` does not turn away, and O(slots) for each that contends.
    """
    firm = {plan.run: plan for plan in base.runs if _is_firm(plan, ground)}
    idle = [hold for plan in base.runs if is_unpaid_start(plan) for hold in placed_slots(plan)]
    waiting = {run.key: plan for run, plan in _waiting(ground, base)}
    known = lives(ground.history)
    alone = start_alone(ground.catalog, known)
    paid = replace(ground, firm={key: planned_leases(plan) for key, plan in firm.items()})
    scene = _scene(paid, firm, idle, known)
    for run in sorted((ground.catalog.run_of[key] for key in waiting if key in alone), key=lambda run: run.rank):
        after = _contend(scene, run, waiting[run.key])
        if after is not None:
            firm.pop(run.key, None)
            scene = _scene(after, firm, idle, known)
    return ground if scene.ground is paid else replace(scene.ground, firm={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What runs contend on, until one of them changes it. ``firm`` begins or was promised: nobody touches it.

    ``blocks`` are its slots, and those of reservations that stand. ``idle`` is where unfunded work would begin with the
    plan: the first to go, and where it has not even begun it is in nobody's way. ``ground`` holds the budget of the
    firm ones too.
    """

    ground: Ground
    crowd: Herd
    firm: Mapping[Key, RunPlan]
    blocks: Sequence[tuple[Key, Hold]]
    idle: Sequence[Hold]
    known: Mapping[Key, Life]
    reach: Reach
    _grounds: dict[Key, Ground] = field(default_factory=dict, repr=False, compare=False)

    def ground_for(self, run: Run) -> Ground:
        """The ground without what a promise keeps for the run itself."""
        if run.key not in self._grounds:
            self._grounds[run.key] = self.ground.without(run.key)
        return self._grounds[run.key]

    def blocks_for(self, run: Run) -> list[Hold]:
        """Slots that the run may not touch."""
        return [hold for key, hold in self.blocks if key != run.key]


def _scene(ground: Ground, firm: Mapping[Key, RunPlan], idle: Sequence[Hold], known: Mapping[Key, Life]) -> Scene:
    crowd = herd(ground.catalog, ground.history, spoken_for(ground.claims))
    blocks = [(key, hold) for key, plan in firm.items() for hold in placed_slots(plan)]
    blocks += [(NOBODY, hold) for hold in out_of_reach(ground)]
    return Scene(
        ground=ground,
        crowd=crowd,
        firm=firm,
        blocks=blocks,
        idle=idle,
        known=known,
        reach=reach_of(ground, crowd, blocks),
    )


def is_unpaid_start(plan: RunPlan) -> bool:
    """Whether it starts with the plan, and nobody pays for any of it."""
    return isinstance(plan.decision, Start) and all(lease.payer is None for lease in planned_leases(plan))


def _is_firm(plan: RunPlan, ground: Ground) -> bool:
    """Starts with the plan, or was promised an instant before: newcomers leave it alone."""
    promised = any(promise.run == plan.run for promise in ground.history.promises)
    begins = isinstance(plan.decision, Start) and plan.run not in ground.started and not is_unpaid_start(plan)
    claimed = any(claim.plan.run == plan.run for claim in ground.claims)
    return begins or (promised and not claimed and isinstance(plan.decision, Reserve))


def _waiting(ground: Ground, base: Plan) -> Iterator[tuple[Run, RunPlan]]:
    """Runs whose wait others could shorten, with what the plan says of them."""
    decided = {claim.plan.run for claim in ground.claims}
    for plan in base.runs:
        run = ground.catalog.run_of.get(plan.run)
        if run is None or plan.run in decided or plan.run in ground.kept.runs:
            continue
        if isinstance(plan.decision, Reserve) or (
            isinstance(plan.decision, Refuse) and plan.reason.code not in HOPELESS
        ):
            yield run, plan


def _contend(scene: Scene, run: Run, plan: RunPlan) -> Ground | None:
    """The ground with a start or a claim of the run; None if it adds nothing to the plan."""
    ground = scene.ground
    release = released(run, scene.known, ground.as_of)
    if release is None:
        return None
    if release <= ground.as_of and (ground.has_family_use or scene.idle) and scene.reach.could_begin(run):
        begun = _at_once(scene, run)
        if begun is not None:
            return begun
    natural = plan.decision.placement.interval.start if isinstance(plan.decision, Reserve) else None
    first = Instant(max(release, ground.as_of + ground.catalog.fleet.planning.activation_lead))
    last = natural if natural is not None else Instant(ground.as_of + ground.catalog.fleet.planning.horizon)
    if first >= last or not scene.reach.could_claim(run, Interval(first, last)):
        return None
    claims = (_first_claim(scene, run, begin, last) for begin in _beginnings(scene, run, first, last))
    claim = next((claim for claim in claims if claim is not None), None)
    return None if claim is None else scene.ground_for(run).with_claim(claim)


def _at_once(scene: Scene, run: Run) -> Ground | None:
    """Begins now, and nobody is cut: family that loses its payer coasts, and unfunded work does not begin."""
    ground, blocks = scene.ground_for(run), scene.blocks_for(run)
    found = attempt(ground, scene.crowd, run, ground.as_of, blocks)
    if found is None or _is_short(found):
        return None
    if not found.recalls:
        crowded = attempt(ground, scene.crowd, run, ground.as_of, [*blocks, *scene.idle])
        if crowded is not None and not _is_short(crowded):
            return None  # it fits beside everything that begins: then the plan has its reasons to let it wait
    where = found.seat(ground, blocks, ())
    leases = () if where is None else leases_of(run.key, run.owner, where)
    return ground.with_start(run, leases) if leases and _leaves_promises_paid(ground, leases) else None


def _is_short(found: Attempt) -> bool:
    return any(gpus for _, gpus in found.deficit)


def _leaves_promises_paid(ground: Ground, leases: Sequence[Lease]) -> bool:
    """Whether all that begins or was promised stays funded with these leases: recall only takes what has begun."""
    new = [lease for lease in ground.ahead.leases if lease.interval.start >= ground.as_of]
    return not ground.statement.leaves_unpaid([*leases, *new], leases)


def _beginnings(scene: Scene, run: Run, first: Instant, last: Instant) -> Iterator[Instant]:
    """From when a claim is looked for: when its payers can pay as they stand, and before it, if family may be recalled.

    That is the lead, or when a window opens or a budget is free again.
    """
    ground, sites = scene.ground_for(run), suitable_sites(scene.ground.catalog, run)
    if ground.has_family_use:
        yield first
    payers = ground.coverages[run.key]
    prepared = ground.lone(run, payers, sites)
    paid = prepared.first_paid(first)
    if paid is not None and paid < last and not (paid == first and ground.has_family_use):
        yield paid


def _instants(crowd: Herd, first: Instant, last: Instant) -> tuple[Instant, ...]:
    """The first, and every later instant before the natural start at which somebody's protection ends."""
    ends = {protected_until(crowd.catalog.run_of[key], life, crowd.catalog) for key, life in crowd.lives.items()}
    return tuple(sorted({first, *(end for end in ends if first < end < last)}))


def _first_claim(scene: Scene, run: Run, begin: Instant, natural: Instant) -> Claim | None:
    """The claim at the first instant from ``begin`` on that has one, found by halving: protection only ends."""
    instants = _instants(scene.crowd, begin, natural)
    ground, blocks = scene.ground_for(run), scene.blocks_for(run)

    def claim_at(index: int) -> tuple[Claim, Attempt] | None:
        if not scene.reach.could_claim(run, only(instants[index])):
            return None
        found = attempt(ground, scene.crowd, run, instants[index], blocks)
        if found is None or (not found.recalls and not _is_short(found)):
            return None
        claim = claim_of(found, ground, blocks, natural_start=natural, promise=None)
        if claim is None or meets_another(claim, ground.claims):
            return None
        return None if found.recalls and not _leaves_promises_paid(ground, claim.leases) else (claim, found)

    best = _first_of(claim_at, len(instants))
    return None if best is None else with_odds(*best)


def _first_of(find: Callable[[int], Found | None], count: int) -> Found | None:
    """What is found at the first of so many places, if it is found at all later ones: by halving. O(log count)."""
    best = find(0)
    if best is not None or count == 1:
        return best
    low, high = 0, count - 1
    best = find(high)
    while best is not None and high - low > 1:
        middle = (low + high) // 2
        found = find(middle)
        if found is None:
            low = middle
        else:
            high, best = middle, found
    return best
