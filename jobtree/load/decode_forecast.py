"""Contention as it was published with a reservation, read back (semantics.md 8)."""

from fractions import Fraction

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import parse_instant
from jobtree.load.wire.ledger import Candidate, CutChance, Forecast, LotteryCommitment
from jobtree.model.contention import Commitment, Contention, CutKind, CutUnit, NodeGpus, Odds, Remedy


def contention_of(forecast: Forecast) -> Contention | None:
    """None where the reservation is not contended. Chances that were sampled come back with one sample."""
    if forecast.confidence != "contended":
        return None
    remedies = (Remedy(kind=CutKind(one.kind), run=_key(one.run), gpus=one.gpus) for one in forecast.remedies)
    return Contention(
        remedies=tuple(remedies),
        conflict_set=tuple(_key(run) for run in forecast.conflict_set),
        odds=tuple(_odds(run, chance) for run, chance in sorted(forecast.cut_probability.items())),
        commitment=None if forecast.lottery is None else _commitment(forecast.lottery),
    )


def _odds(run: str, chance: CutChance) -> Odds:
    return Odds(run=_key(run), chance=Fraction(chance.p), samples=int(chance.method == "sampled"))


def _commitment(wire: LotteryCommitment) -> Commitment:
    return Commitment(
        rule=wire.rule,
        units=tuple(map(_unit, wire.candidates)),
        digest=wire.digest,
        input_digest=wire.input_digest,
        published=parse_instant(wire.published),
    )


def _unit(wire: Candidate) -> CutUnit:
    return CutUnit(
        owner=Owner(wire.owner),
        name=wire.unit,
        kind=CutKind(wire.kind),
        runs=tuple(map(_key, wire.runs)),
        gpus=wire.gpus,
        frees=tuple(NodeGpus(node=node, gpus=gpus) for node, gpus in sorted(wire.frees.items())),
        after=tuple(wire.after),
    )


def _key(text: str) -> Key:
    namespace, _, name = text.partition("/")
    return Key(namespace, name)
