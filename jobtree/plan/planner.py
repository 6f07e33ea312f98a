"""One plan for all runs at once (semantics.md 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.base.words import gap_percent
from jobtree.cover.offer import Coverage
from jobtree.ledger.account import Books
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Effort
from jobtree.model.history import History
from jobtree.model.lease import Lease
from jobtree.model.plan import Level, Plan, Proof, RunPlan, Share
from jobtree.plan.carry import carried
from jobtree.plan.certificate import joined, without
from jobtree.plan.component import Situation
from jobtree.plan.decide import decisions
from jobtree.plan.effort import BUDGETS
from jobtree.plan.levels import WAIT
from jobtree.plan.promise import keep_promises
from jobtree.plan.proof import levels
from jobtree.plan.situation import pending, situation
from jobtree.plan.solve import Answer, Means, parts_of, solve, yardstick
from jobtree.plan.standing import Claim, Kept, Standing


def make_plan(
    catalog: Catalog,
    history: History,
    *,
    as_of: Instant,
    standing: Standing,
    coverages: Mapping[Key, Coverage],
    means: Means,
) -> Plan:
    """Decides every run of the catalog, and carries what has started.

    A run without leases gets Start, Reserve or Refuse; one with leases is Running, or Start if it is among those that
    ``standing`` has begun; one that is over is Finished.
    Reports JT522 (the solver failed). The same arguments give the same plan on any machine.
    """
    facts = situation(catalog, history, standing.books, as_of=as_of, claims=standing.claims)
    kept = standing.kept
    runs = [run for run in pending(catalog, facts) if run.key not in kept.runs]
    answers = solve(catalog, facts, runs, coverages=coverages, means=means)
    solved = [(answer.component, answer.draft) for answer in answers]
    decided = decisions(solved, _held_slots(facts), coverages)
    reserved = (claim.plan for claim in standing.claims)
    started = carried(catalog, history, started=standing.started)
    plans = tuple(sorted((*decided, *reserved, *started, *kept.plans), key=lambda plan: plan.run))
    shares = (*(_share(claim, catalog, as_of) for claim in standing.claims), *map(_found, answers), *kept.shares)
    bound = sum(share.bound for share in shares)
    measured = levels(plans, catalog.run_of, coverages, yardstick=yardstick(catalog, facts), wait_bound=bound)
    given = (*standing.started, *(claim.plan.run for claim in standing.claims), *kept.certificate.given)
    certificates = (*(answer.certificate for answer in answers), kept.certificate)
    proof = Proof(
        status=_status(measured),
        solver=means.solver.name,
        solver_version=means.solver.version,
        limits=_limits(answers, kept, catalog.fleet.solver.effort),
        levels=measured,
        certificate=joined(certificates, given=given),
        shares=tuple(sorted(shares, key=lambda share: share.runs)),
    )
    failures = tuple(finding for answer in answers for finding in answer.diagnostics)
    return Plan(as_of=as_of, horizon=facts.horizon, runs=plans, proof=proof, diagnostics=failures)


def measured_again(
    plan: Plan,
    catalog: Catalog,
    history: History,
    books: Books,
    *,
    coverages: Mapping[Key, Coverage],
    early: Sequence[Key],
) -> Plan:
    """The plan with its levels as they are after ``early`` runs were started in what it left over, and JT521.

    The bound knew nothing of those starts: what these runs could have waited at most is taken off it.
    """
    measure = yardstick(catalog, situation(catalog, history, books, as_of=plan.as_of))
    most = {key: catalog.run_of[key].total_gpus * catalog.run_of[key].duration * plan.horizon.seconds for key in early}
    shares = tuple(
        replace(share, bound=share.bound - sum(most.get(run, 0) for run in share.runs)) for share in plan.proof.shares
    )
    bound = max(0, sum(share.bound for share in shares))
    found = levels(plan.runs, catalog.run_of, coverages, yardstick=measure, wait_bound=bound)
    certificate = without(plan.proof.certificate, most)
    proof = replace(plan.proof, status=_status(found), levels=found, certificate=certificate, shares=shares)
    return replace(plan, proof=proof, diagnostics=(*plan.diagnostics, *_unproven(proof)))


def as_promised(
    catalog: Catalog, history: History, *, as_of: Instant, books: Books, coverages: Mapping[Key, Coverage]
) -> tuple[RunPlan, ...]:
    """Where promised runs sit, each at its promised instant as far as that is possible, before anybody else is planned.

    Only for promises that need no cuts; others are left to contention.
    """
    firm = tuple(promise for promise in history.promises if promise.contention is None)
    facts = situation(catalog, replace(history, promises=firm), books, as_of=as_of)
    runs = [run for run in pending(catalog, facts) if run.key in facts.promises]
    kept = [(part, keep_promises(part)) for part in parts_of(catalog, facts, runs, coverages)]
    return decisions(kept, _held_slots(facts), coverages)


def _held_slots(facts: Situation) -> tuple[Lease, ...]:
    """What nobody else may be given: leases, and the slots that are kept for reservations that stand."""
    return (*facts.leases, *(hold.as_lease for hold in facts.holds))


def _share(claim: Claim, catalog: Catalog, as_of: Instant) -> Share:
    """A reservation that stands waits as long as it does."""
    run = catalog.run_of[claim.plan.run]
    return Share(runs=(run.key,), bound=run.total_gpus * run.duration * (claim.placement.interval.start - as_of))


def _found(answer: Answer) -> Share:
    return Share(runs=tuple(sorted(answer.component.demands)), bound=answer.wait_bound)


def _limits(answers: Sequence[Answer], kept: Kept, effort: Effort) -> tuple[tuple[str, int], ...]:
    """How many parts were planned apart, how many runs were left alone, and what each part was allowed: counts."""
    allowed = BUDGETS[effort]
    return (
        ("builds", allowed.builds),
        ("columns", allowed.columns),
        ("kept", len(kept.runs)),
        ("nodes", allowed.nodes),
        ("parts", len(answers)),
        ("prices", allowed.prices),
        ("rounds", allowed.rounds),
        ("ruins", allowed.ruins),
        ("seats", allowed.seats),
        ("terms", allowed.terms),
        ("turns", allowed.turns),
    )


def _status(measured: Sequence[Level]) -> str:
    wait = measured[WAIT]
    return "proven" if wait.value == wait.bound else "bounded"


def _unproven(proof: Proof) -> tuple[Diagnostic, ...]:
    wait = proof.levels[WAIT]
    if wait.bound is None or wait.value <= wait.bound:
        return ()
    notes = (f"wait {wait.value} GPU-seconds x seconds, proven lower bound {wait.bound}",)
    gap = gap_percent(wait.value, wait.bound)
    return (warning("JT521", f"the plan is bounded, not proven: its wait is within {gap} of any plan's", notes=notes),)
