"""plan.json as values (contracts.md, plan.json): the facts that a page shows, read strictly."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.identity import Domain, EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Interval
from jobtree.model.lease import FundingClass, Lease, LeaseReason, Payer, Role
from jobtree.report.fields import Fields, MisfitError, envelope_key, fields_of
from jobtree.report.forecast_file import (
    CutEntry,
    ForecastEntry,
    LotteryEntry,
    cut_of,
    domain_of,
    forecast_of,
    lottery_of,
)

FORMAT_VERSION = 1
PLAN_PATH = "plan.json"
Word = TypeVar("Word", FundingClass, LeaseReason, Role)
LAST_SLOT = 1_023
"""As for a Lease (schemas/lease.json)."""
DECISIONS = ("start", "running", "reserve", "refuse", "finished")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """GPUs of a run that one payer holds; ``payer`` None is unfunded."""

    payer: Payer | None
    funding: FundingClass
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """A run and its decision. ``leases`` are what it holds or is promised, a term each; none where it has no place."""

    run: Key
    owner: Owner
    decision: str
    start: Instant | None
    end: Instant | None
    wait: int | None
    width: int | None
    leases: tuple[Lease, ...]
    domains: tuple[tuple[str, Domain], ...]
    shares: tuple[Share, ...]
    code: str
    message: str
    forecast: ForecastEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseEntry:
    """What an envelope carries at the plan's instant: GPUs by class, and GPU-seconds."""

    envelope: EnvelopeKey
    used: tuple[tuple[str, int], ...]
    spent: int
    planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEntry:
    """Prices of a GPU-second from instants on, of nodes or of an account (docs/certificate.md)."""

    nodes: tuple[str, ...] = ()
    account: str = ""
    steps: tuple[tuple[int, int], ...]
    charged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofEntry:
    """The wait level and its bound, GPUs x seconds x seconds; ``searched`` counts runs that a solver searched."""

    status: str
    solver: str
    wait: int
    bound: int | None
    searched: int
    given: int
    prices: tuple[PriceEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """The whole file, as far as a page shows it."""

    as_of: Instant
    horizon: Interval
    input_digest: str
    proof: ProofEntry
    runs: tuple[RunEntry, ...]
    cuts: tuple[CutEntry, ...]
    lotteries: tuple[LotteryEntry, ...]
    uses: tuple[UseEntry, ...]
    findings: tuple[tuple[str, str, str], ...]


def read_plan(value: object) -> PlanFile | Diagnostic:
    """The plan, or JT776: it is not what `jobtree compile` writes. Costs O(size)."""
    try:
        return _plan(fields_of(value, ""))
    except MisfitError as fault:
        hint = "restore the output folder from git, or run `jobtree compile`"
        return error("JT776", f"the plan cannot be shown: {fault}", Location(PLAN_PATH), help=hint)


def _plan(plan: Fields) -> PlanFile:
    if plan.value("formatVersion") != FORMAT_VERSION:
        raise MisfitError(f"formatVersion is not {FORMAT_VERSION}")
    horizon = plan.object("horizon")
    return PlanFile(
        as_of=plan.instant("asOf"),
        horizon=Interval(horizon.instant("start"), horizon.instant("end")),
        input_digest=plan.text("inputDigest"),
        proof=_proof(plan.object("proof")),
        runs=tuple(_run(run) for run in plan.objects("runs")),
        cuts=tuple(cut_of(cut) for cut in plan.objects("cuts")),
        lotteries=tuple(lottery_of(draw) for draw in plan.objects("lottery")),
        uses=tuple(_use(use) for use in plan.objects("envelopes")),
        findings=tuple(
            (one.text("code"), one.text("severity"), one.text("message")) for one in plan.objects("diagnostics")
        ),
    )


def _proof(proof: Fields) -> ProofEntry:
    solver, certificate = proof.object("solver"), proof.object("certificate")
    wait = next((level for level in proof.objects("levels") if level.text("name") == "wait"), None)
    if wait is None:
        raise MisfitError("proof.levels has no level wait")
    nodes = [PriceEntry(nodes=row.texts("nodes"), steps=row.pairs("steps")) for row in certificate.objects("nodes")]
    accounts = [
        PriceEntry(account=row.text("account"), steps=row.pairs("steps"), charged=row.whole("charged"))
        for row in certificate.objects("accounts")
    ]
    return ProofEntry(
        status=proof.text("status"),
        solver=f"{solver.text('name')} {solver.text('version')}",
        wait=wait.whole("value", most=None),
        bound=wait.whole("bound", most=None) if wait.has("bound") else None,
        searched=sum(len(row.texts("runs")) for row in certificate.objects("searched")),
        given=len(certificate.texts("given")),
        prices=(*nodes, *accounts),
    )


def _run(run: Fields) -> RunEntry:
    decision = run.text("decision")
    if decision not in DECISIONS:
        raise MisfitError(f"{run.at('decision')} is none of {', '.join(DECISIONS)}")
    groups = list(run.objects("groups"))
    domains = {pod.text("node"): domain_of(group) for group in groups for pod in group.objects("pods")}
    shares = tuple(_share(share) for share in run.objects("payers"))
    reason = run.object("reason")
    return RunEntry(
        run=run.key("run"),
        owner=Owner(run.text("owner")),
        decision=decision,
        start=run.instant("at") if run.has("at") else None,
        end=run.instant("expectedEnd") if run.has("expectedEnd") else None,
        wait=run.whole("waitSeconds") if run.has("waitSeconds") else None,
        width=run.whole("width") if run.has("width") else None,
        leases=tuple(lease for group in groups for lease in _leases(run, group)),
        domains=tuple(sorted(domains.items())),
        shares=shares,
        code=reason.text("code"),
        message=reason.text("message"),
        forecast=forecast_of(run.object("forecast")) if run.has("forecast") else None,
    )


def _share(share: Fields) -> Share:
    payer = _payer(share, "envelope", Owner(share.text("owner"))) if share.has("envelope") else None
    return Share(payer=payer, funding=_word(share, "class", FundingClass), gpus=share.whole("gpus"))


def _payer(entry: Fields, name: str, owner: Owner) -> Payer | None:
    if not entry.has(name):
        return None
    return Payer(envelope=envelope_key(entry.text(name), entry.at(name)), owner=owner)


def _leases(run: Fields, group: Fields) -> Iterator[Lease]:
    for pod in group.objects("pods"):
        terms = [(pod.instant("start"), _word(pod, "reason", LeaseReason), _payer(pod, "payer", Owner("")))]
        for later in pod.objects("renewals"):
            terms.append((later.instant("at"), LeaseReason.RENEW, _payer(later, "payer", Owner(""))))
        ends = [*(start for start, _, _ in terms[1:]), run.instant("expectedEnd")]
        for (start, reason, payer), end in zip(terms, ends, strict=True):
            yield Lease(
                run=run.key("run"),
                owner=Owner(run.text("owner")),
                group=group.whole("index"),
                rank=pod.whole("rank"),
                role=_word(pod, "role", Role),
                node=pod.text("node"),
                slots=_slots(pod),
                payer=payer,
                interval=Interval(start, end),
                reason=reason,
            )


def _slots(pod: Fields) -> tuple[int, ...]:
    """Ascending ordinals of a node's GPUs."""
    slots = pod.wholes("slots")
    if not slots or max(slots) > LAST_SLOT or any(later <= earlier for earlier, later in pairwise(slots)):
        raise MisfitError(f"{pod.at('slots')} are no ascending slots from 0 to {LAST_SLOT}")
    return slots


def _word(entry: Fields, name: str, kind: type[Word]) -> Word:
    try:
        return kind(entry.text(name))
    except ValueError:
        raise MisfitError(f"{entry.at(name)} is no {kind.__name__}") from None


def _use(use: Fields) -> UseEntry:
    seconds, used = use.object("gpuSeconds"), use.object("used")
    return UseEntry(
        envelope=envelope_key(use.text("envelope"), use.at("envelope")),
        used=tuple((name, used.whole(name)) for name in sorted(used.data)),
        spent=seconds.whole("spent"),
        planned=seconds.whole("planned"),
    )
