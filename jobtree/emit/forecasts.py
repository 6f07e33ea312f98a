"""Forecasts and contention as objects: the same in a Reservation and in plan.json (semantics.md 8)."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from jobtree.base.identity import Domain
from jobtree.base.instant import format_instant
from jobtree.model.contention import Commitment, Contention, CutUnit, Need, NodeGpus, Odds
from jobtree.model.plan import Forecast
from jobtree.resolve.odds import error_of

Object = dict[str, object]
NO_CONTENTION = Contention(remedies=(), conflict_set=())


def domain_object(domain: Domain) -> dict[str, str]:
    """A domain as clusters name it."""
    return {"region": domain.region, "cluster": domain.cluster, "fabric": domain.fabric}


def forecast_object(forecast: Forecast) -> Object:
    """What a reservation says about its own instant; every key is present."""
    contention = forecast.contention or NO_CONTENTION
    return {
        "deficit": [{"domain": domain_object(item.domain), "gpus": item.gpus} for item in forecast.deficit],
        "remedies": [{"kind": one.kind.value, "run": str(one.run), "gpus": one.gpus} for one in contention.remedies],
        "conflictSet": [str(run) for run in contention.conflict_set],
        "cutProbability": {str(one.run): _odds(one) for one in contention.odds},
        "naturalStart": format_instant(forecast.natural_start),
        "confidence": forecast.confidence,
        "lottery": contention.commitment and _commitment(contention.commitment),
    }


def unit_object(unit: CutUnit) -> Object:
    """A candidate of a cut."""
    return {
        "owner": unit.owner,
        "unit": unit.name,
        "kind": unit.kind.value,
        "runs": [str(run) for run in unit.runs],
        "gpus": unit.gpus,
        "frees": by_node(unit.frees),
        "after": list(unit.after),
    }


def need_object(need: Need) -> Object:
    """What a claim lacks in a domain."""
    return {
        "domain": domain_object(need.domain),
        "pods": need.pods,
        "perPod": need.per_pod,
        "free": by_node(need.free),
    }


def by_node(counts: Iterable[NodeGpus]) -> Mapping[str, int]:
    """GPUs by node."""
    return {one.node: one.gpus for one in counts}


def fraction_text(value: Fraction) -> str:
    """``1/2``; whole numbers without a denominator."""
    return str(value)


def _odds(odds: Odds) -> Object:
    sampled = odds.samples > 0
    return {
        "p": fraction_text(odds.chance),
        "method": "sampled" if sampled else "exact",
        "error": error_of(odds) if sampled else None,
    }


def _commitment(commitment: Commitment) -> Object:
    return {
        "rule": commitment.rule,
        "candidates": [unit_object(unit) for unit in commitment.units],
        "digest": commitment.digest,
        "inputDigest": commitment.input_digest,
        "published": format_instant(commitment.published),
    }
