"""Forecasts, cuts and lotteries of plan.json as values (semantics.md 8)."""

import re
from dataclasses import dataclass
from fractions import Fraction

from jobtree.base.identity import Domain, Key, Owner
from jobtree.base.instant import Instant
from jobtree.report.fields import Fields, MisfitError, fields_of

_FRACTION = re.compile(r"\d{1,400}(/[1-9]\d{0,400})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The chance that a run loses GPUs in a lottery, and how it was found."""

    run: Key
    chance: Fraction
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What a lottery may draw."""

    unit: str
    owner: Owner
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastEntry:
    """What a reservation says about its own instant. ``committed`` is the digest of the candidates, if any."""

    deficit: tuple[tuple[Domain, int], ...]
    remedies: tuple[tuple[str, Key, int], ...]
    conflicts: tuple[Key, ...]
    odds: tuple[Chance, ...]
    natural_start: Instant
    confidence: str
    committed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CutEntry:
    """A unit that lost its GPUs, and for whom. ``draw`` is its place in the lottery, if there was one."""

    unit: str
    kind: str
    gpus: int
    claim: Key
    draw: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotteryEntry:
    """A lottery as it was held."""

    claim: Key
    kind: str
    candidates: tuple[Candidate, ...]
    committed: str
    entropy: str
    seed: str
    drawn: tuple[str, ...]
    returned: tuple[str, ...]


def domain_of(entry: Fields) -> Domain:
    """The field ``domain``."""
    found = entry.object("domain")
    return Domain(region=found.text("region"), cluster=found.text("cluster"), fabric=found.text("fabric"))


def forecast_of(forecast: Fields) -> ForecastEntry:
    """The forecast of a reservation."""
    odds = forecast.object("cutProbability")
    return ForecastEntry(
        deficit=tuple((domain_of(item), item.whole("gpus")) for item in forecast.objects("deficit")),
        remedies=tuple(
            (item.text("kind"), item.key("run"), item.whole("gpus")) for item in forecast.objects("remedies")
        ),
        conflicts=forecast.keys("conflictSet"),
        odds=tuple(_chance(odds, run) for run in sorted(odds.data)),
        natural_start=forecast.instant("naturalStart"),
        confidence=forecast.text("confidence"),
        committed=forecast.object("lottery").text("digest") if forecast.has("lottery") else "",
    )


def _chance(odds: Fields, run: str) -> Chance:
    entry = fields_of(odds.value(run), odds.at(run))
    text = entry.text("p")
    namespace, slash, name = run.partition("/")
    if not _FRACTION.fullmatch(text) or not slash or Fraction(text) > 1:
        raise MisfitError(f"{odds.at(run)} is no chance of a run")
    return Chance(run=Key(namespace, name), chance=Fraction(text), method=entry.text("method"))


def cut_of(cut: Fields) -> CutEntry:
    """A cut of this plan."""
    return CutEntry(
        unit=cut.text("unit"),
        kind=cut.text("kind"),
        gpus=cut.whole("gpus"),
        claim=cut.key("for"),
        draw=cut.whole("draw") if cut.has("draw") else None,
    )


def lottery_of(draw: Fields) -> LotteryEntry:
    """A lottery that this plan held."""
    return LotteryEntry(
        claim=draw.key("for"),
        kind=draw.text("kind"),
        candidates=tuple(
            Candidate(unit=one.text("unit"), owner=Owner(one.text("owner")), gpus=one.whole("gpus"))
            for one in draw.objects("candidates")
        ),
        committed=draw.text("committedDigest"),
        entropy=draw.text("entropy"),
        seed=draw.text("seed"),
        drawn=draw.texts("draws"),
        returned=draw.texts("returned"),
    )
