"""plan.json as the checker reads it (contracts.md, plan.json)."""

import re
from dataclasses import dataclass
from fractions import Fraction

from jobtree.verify.budgets import EnvelopeKey
from jobtree.verify.field import Field
from jobtree.verify.fleet import Domain
from jobtree.verify.runs import Key
from jobtree.verify.units import Interval

ACTIVE, SPARE, OPPORTUNISTIC = "Active", "Spare", "Opportunistic"
START, RESERVE, REFUSE, RUNNING, FINISHED = "start", "reserve", "refuse", "running", "finished"
CLASSES = ("Owned", "Shared", "Borrowed", "Unfunded")
_ROLES, _DECISIONS = (ACTIVE, SPARE, OPPORTUNISTIC), (START, RESERVE, REFUSE, RUNNING, FINISHED)
_GAP = re.compile(r"-?\d{1,20}(\.\d{1,20})?([eE]-?\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """From ``at`` on, another payer."""

    at: int
    payer: EnvelopeKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod on its slots; ``payer`` pays until the first renewal."""

    rank: int
    role: str
    node: str
    slots: tuple[int, ...]
    payer: EnvelopeKey | None
    renewals: tuple[Renewal, ...]

    def terms(self, interval: Interval) -> tuple[tuple[Interval, EnvelopeKey | None], ...]:
        """Stretches of the interval under one payer, as stated, in order."""
        starts = [interval[0], *(renewal.at for renewal in self.renewals)]
        ends = [*starts[1:], interval[1]]
        payers = [self.payer, *(renewal.payer for renewal in self.renewals)]
        return tuple(((start, end), payer) for start, end, payer in zip(starts, ends, payers, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pods in one domain."""

    index: int
    domain: Domain
    pods: tuple[Pod, ...]

    def of(self, role: str) -> tuple[Pod, ...]:
        """Pods with this role."""
        return tuple(pod for pod in self.pods if pod.role == role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one payer carries of a run."""

    envelope: EnvelopeKey | None
    owner: str | None
    funding: str
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The decision for one run. ``interval`` and ``width`` are None and ``groups`` is empty when it is refused."""

    run: Key
    owner: str
    decision: str
    interval: Interval | None
    wait: int | None
    width: int | None
    groups: tuple[Group, ...]
    payers: tuple[Share, ...]
    forecast: Field

    @property
    def pods(self) -> tuple[tuple[Group, Pod], ...]:
        """All pods with their groups."""
        return tuple((group, pod) for group in self.groups for pod in group.pods)

    @property
    def name(self) -> str:
        """The run as people write it."""
        return "/".join(self.run)

    @property
    def planned(self) -> bool:
        """Whether this plan placed it: a start or a reservation."""
        return self.decision in (START, RESERVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of the objective as claimed."""

    name: str
    value: int
    bound: int | None
    gap: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What plan.json says about one envelope."""

    envelope: EnvelopeKey
    concurrency: int
    used: dict[str, int]
    cap: int | None
    spent: int
    planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole of plan.json; lists in the order in which they stand."""

    as_of: int
    input_digest: str
    horizon: Interval
    status: str
    levels: tuple[Level, ...]
    entries: tuple[Entry, ...]
    statements: tuple[Statement, ...]
    cuts: int
    draws: int
    warnings: tuple[str, ...]


def read_plan(plan: Field) -> Plan:
    """Reads plan.json; a FormatError says what does not fit."""
    if plan["formatVersion"].integer() != 1:
        raise plan["formatVersion"].wrong("1")
    return Plan(
        as_of=plan["asOf"].instant(),
        input_digest=plan["inputDigest"].text(),
        horizon=(plan["horizon"]["start"].instant(), plan["horizon"]["end"].instant()),
        status=plan["proof"]["status"].text(),
        levels=tuple(_level(entry) for entry in plan["proof"]["levels"]),
        entries=tuple(_entry(entry) for entry in plan["runs"]),
        statements=tuple(_statement(entry) for entry in plan["envelopes"]),
        cuts=len(list(plan["cuts"])),
        draws=len(list(plan["lottery"])),
        warnings=tuple(item["message"].text() for item in plan["diagnostics"] if item["code"].value == "JT520"),
    )


def read_domain(entry: Field) -> Domain:
    """Region, cluster and fabric; empty where the nodes of a run that is over are gone."""
    labels = entry.labels()
    if labels.keys() != {"region", "cluster", "fabric"}:
        raise entry.wrong("region, cluster and fabric")
    return (labels["region"], labels["cluster"], labels["fabric"])


def _entry(entry: Field) -> Entry:
    decision = _one_of(entry["decision"], _DECISIONS)
    namespace, slash, name = entry["run"].text().partition("/")
    if not slash:
        raise entry["run"].wrong("namespace/name")
    placed = decision != REFUSE
    return Entry(
        run=(namespace, name),
        owner=entry["owner"].text(),
        decision=decision,
        interval=(entry["at"].instant(), entry["expectedEnd"].instant()) if placed else None,
        wait=entry["waitSeconds"].integer_or_none(),
        width=entry["width"].integer() if placed else None,
        groups=tuple(_group(group) for group in entry["groups"]) if placed else (),
        payers=tuple(_share(share) for share in entry["payers"]),
        forecast=entry["forecast"],
    )


def _group(group: Field) -> Group:
    pods = tuple(_pod(pod) for pod in group["pods"])
    return Group(index=group["index"].integer(), domain=read_domain(group["domain"]), pods=pods)


def _pod(pod: Field) -> Pod:
    return Pod(
        rank=pod["rank"].integer(),
        role=_one_of(pod["role"], _ROLES),
        node=pod["node"].text(),
        slots=tuple(slot.integer() for slot in pod["slots"]),
        payer=_envelope(pod["payer"]),
        renewals=tuple(Renewal(at=item["at"].instant(), payer=_envelope(item["payer"])) for item in pod["renewals"]),
    )


def _share(share: Field) -> Share:
    return Share(
        envelope=_envelope(share["envelope"]),
        owner=share["owner"].text() if share["owner"] else None,
        funding=_one_of(share["class"], CLASSES),
        gpus=share["gpus"].integer(),
    )


def _level(level: Field) -> Level:
    gap = level["gap"].value
    if gap is not None and not _GAP.fullmatch(str(gap)):
        raise level["gap"].wrong("a number")
    return Level(
        name=level["name"].text(),
        value=level["value"].integer(),
        bound=level["bound"].integer_or_none(),
        gap=None if gap is None else Fraction(str(gap)),
    )


def _statement(entry: Field) -> Statement:
    used, seconds = entry["used"], entry["gpuSeconds"]
    envelope = _envelope(entry["envelope"])
    if envelope is None:
        raise entry["envelope"].wrong("namespace/budget/envelope")
    return Statement(
        envelope=envelope,
        concurrency=entry["concurrency"].integer(),
        used={name: used[name].integer() for name in (*CLASSES, SPARE)},
        cap=seconds["cap"].integer_or_none(),
        spent=seconds["spent"].integer(),
        planned=seconds["planned"].integer(),
    )


def _envelope(entry: Field) -> EnvelopeKey | None:
    if not entry:
        return None
    match entry.text().split("/"):
        case [namespace, budget, name]:
            return (namespace, budget, name)
    raise entry.wrong("namespace/budget/envelope")


def _one_of(entry: Field, words: tuple[str, ...]) -> str:
    if entry.value not in words:
        raise entry.wrong(f"one of {', '.join(words)}")
    return entry.text()
