"""Reads plan.json (contracts.md, plan.json)."""

import re
from fractions import Fraction

from jobtree.verify.budgets import EnvelopeKey
from jobtree.verify.certificate import read_certificate
from jobtree.verify.contention import read_cut, read_key, read_lottery
from jobtree.verify.field import Field
from jobtree.verify.fleet import Domain
from jobtree.verify.lease import REASONS, ROLES, SPARE, read_reason
from jobtree.verify.plan import (
    CLASSES,
    DECISIONS,
    REFUSE,
    RESERVE,
    RUNNING,
    START,
    Closing,
    Entry,
    Group,
    Level,
    Observed,
    Plan,
    Pod,
    Renewal,
    Share,
    Statement,
)

_GAP = re.compile(r"-?\d{1,20}(\.\d{1,20})?([eE]-?\d{1,2})?", re.ASCII)


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
        certificate=read_certificate(plan["proof"]["certificate"]),
        entries=tuple(_entry(entry) for entry in plan["runs"]),
        statements=tuple(_statement(entry) for entry in plan["envelopes"]),
        closures=tuple(_closing(entry) for entry in plan["closures"]),
        observed=_observed(plan["observed"]),
        cuts=tuple(read_cut(entry) for entry in plan["cuts"]),
        lotteries=tuple(read_lottery(entry) for entry in plan["lottery"]),
        warnings=tuple(
            item["message"].text()
            for item in plan["diagnostics"]
            if item["code"].value == "JT520" and list(item["notes"])
        ),
    )


def read_domain(entry: Field) -> Domain:
    """Region, cluster and fabric; empty where the nodes of a run that is over are gone."""
    labels = entry.labels()
    if labels.keys() != {"region", "cluster", "fabric"}:
        raise entry.wrong("region, cluster and fabric")
    return (labels["region"], labels["cluster"], labels["fabric"])


def _entry(entry: Field) -> Entry:
    decision = entry["decision"].word(DECISIONS)
    holds = decision in (START, RESERVE, RUNNING)
    forecast = entry["forecast"]
    forecast["conflictSet"].texts()
    return Entry(
        run=read_key(entry["run"]),
        owner=entry["owner"].text(),
        decision=decision,
        interval=(entry["at"].instant(), entry["expectedEnd"].instant()) if decision != REFUSE else None,
        wait=entry["waitSeconds"].integer_or_none(),
        width=entry["width"].integer() if holds else None,
        groups=tuple(_group(group) for group in entry["groups"]) if holds else (),
        payers=tuple(_share(share) for share in entry["payers"]),
        forecast=forecast,
    )


def _group(group: Field) -> Group:
    pods = tuple(_pod(pod) for pod in group["pods"])
    return Group(index=group["index"].integer(), domain=read_domain(group["domain"]), pods=pods)


def _pod(pod: Field) -> Pod:
    return Pod(
        rank=pod["rank"].integer(),
        role=pod["role"].word(ROLES),
        node=pod["node"].text(),
        slots=tuple(slot.integer() for slot in pod["slots"]),
        start=pod["start"].instant(),
        reason=pod["reason"].word(REASONS),
        payer=_envelope(pod["payer"]),
        renewals=tuple(Renewal(at=item["at"].instant(), payer=_envelope(item["payer"])) for item in pod["renewals"]),
    )


def _share(share: Field) -> Share:
    return Share(
        envelope=_envelope(share["envelope"]),
        owner=share["owner"].text() if share["owner"] else None,
        funding=share["class"].word(CLASSES),
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


def _closing(entry: Field) -> Closing:
    reason, seed = read_reason(entry["reason"])
    place = (entry["node"].text(), tuple(slot.integer() for slot in entry["slots"]))
    pod = (entry["group"].integer(), entry["role"].word(ROLES), entry["rank"].integer())
    return Closing(
        lease=entry["lease"].text(),
        mark=(read_key(entry["run"]), *pod, *place),
        start=entry["start"].instant(),
        time=entry["time"].instant(),
        reason=reason,
        seed=seed,
    )


def _observed(entry: Field) -> Observed:
    if not entry:
        raise entry.wrong("a mapping")
    runs = {
        read_key(run["run"]): (run["phase"].text(), run["at"].instant() if run["at"] else None) for run in entry["runs"]
    }
    nodes = {
        node["node"].text(): (node["usable"].flag(default=True), node["lost"].flag(default=False))
        for node in entry["nodes"]
    }
    return Observed(digest=entry["digest"].text() if entry["digest"] else None, runs=runs, nodes=nodes)
