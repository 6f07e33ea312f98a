"""Every small fleet against the oracle of small_world.py: who contends, who may be cut, with which odds, and who is.

168 settings: one or two domains of two nodes, four GPUs in all, and up to three runs of two owners that hold them or
some of them. Each is asked for every claim of ``claims``: 672 worlds, and 68 more whose claim may be split in several
ways. A world is compiled when its runs start, when the claim comes and when its reservation is due, then with two
entropies where a lottery is open: 1,579 compiles.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from jobtree import pipeline
from jobtree.base.instant import Instant, parse_instant
from jobtree.model.contention import CUT_ORDER, Entropy
from jobtree.resolve import choice, cuts, newcomers
from tests.laws.compiler import AT_NOW, compiled, decisions, plan_of, tree_of
from tests.laws.small_world import (
    CLAIM,
    KINDS,
    ONE,
    OWNERS,
    TWO,
    Asked,
    Case,
    Floor,
    Layout,
    Part,
    Pod,
    Setting,
    lost_with,
    pods_of,
)
from tests.worlds import World

COMES, LEAD = Instant(AT_NOW + 60), 900
ENTROPIES = ("5eed", "00ff")
PAIRED = {"unfunded": "ReclaimUnfunded", "spare": "DropSpare", "malleable": "Shrink", "plain": "Lottery"}
THREE = (("idler", "single", "single"), ("single", "single", "single"))


def owned(layout: Layout, several: Iterable[Sequence[str]]) -> tuple[Setting, ...]:
    """Runs of these shapes, their owners in every combination."""
    return tuple(
        Setting(layout=layout, runs=tuple(zip(shapes, owners, strict=True)))
        for shapes in several
        for owners in product(OWNERS, repeat=len(shapes))
    )


def families() -> Mapping[str, tuple[Setting, ...]]:
    """All settings: in one domain each shape alone and each ordered pair, in two each shape alone and each pair.

    And some more in both, whose runs leave GPUs free or give a lottery three candidates.
    """
    found: dict[str, tuple[Setting, ...]] = {}
    for place, first in enumerate(PAIRED):
        found[f"one-{first}"] = owned(ONE, ((first,), *((first, second) for second in PAIRED)))
        found[f"two-{first}"] = owned(TWO, ((first,), *((first, second) for second in list(PAIRED)[place:])))
    found["one-small"] = owned(ONE, (("coasting", "coasting"), ("idler",) * 3, *THREE))
    found["two-small"] = owned(TWO, (("single", "single"), *THREE))
    return found


def claims(layout: Layout) -> tuple[Asked, ...]:
    """Sizes; a pod of two GPUs where a node has two, and a domain of its own where there are two."""
    if layout == ONE:
        return (Asked(pods=1), Asked(pods=2), Asked(pods=3), Asked(pods=1, per_pod=2))
    return (Asked(pods=2), Asked(pods=4), Asked(pods=1, domain="f1"), Asked(pods=1, domain="f2"))


@dataclass(frozen=True)
class End:
    """What became of a world at the instant of its reservation."""

    lost: frozenset[Pod]
    cuts: Mapping[tuple[str, str], int]
    decisions: Mapping[str, Any]


@dataclass(frozen=True)
class Trial:
    """A world as the oracle sees it, what was published of its claim, and what became of it with each entropy."""

    floor: Floor
    cases: tuple[Case, ...]
    entry: Mapping[str, Any]
    ends: tuple[End, ...] = ()

    @property
    def forecast(self) -> Mapping[str, Any]:
        """What a contended reservation says; empty if it is none."""
        said = self.entry["forecast"] or {"confidence": ""}
        return said if said["confidence"] == "contended" else {}

    @property
    def odds(self) -> Mapping[str, Fraction]:
        return {run: Fraction(chance["p"]) for run, chance in self.forecast.get("cutProbability", {}).items()}

    @property
    def lacking(self) -> tuple[Case, ...]:
        """Cases with the deficit that was published."""
        said = {lack["domain"]["fabric"]: lack["gpus"] for lack in self.forecast.get("deficit", ())}
        return tuple(case for case in self.cases if case.deficit == said)

    @property
    def published(self) -> tuple[Case, ...]:
        """Cases with the odds and remedies, too."""
        said = summed((one["kind"], one["run"], one["gpus"]) for one in self.forecast.get("remedies", ()))
        return tuple(case for case in self.lacking if case.odds == self.odds and remedies(case) == said)


def summed(losses: Iterable[tuple[str, str, int]]) -> Mapping[tuple[str, str], int]:
    """GPUs by kind and run."""
    found: Counter[tuple[str, str]] = Counter()
    for kind, run, gpus in losses:
        found[kind, run] += gpus
    return found


def gpus_of(parts: Iterable[Part]) -> Mapping[tuple[str, str], int]:
    return summed((part.kind, part.run, sum(len(pod.slots) for pod in part.own)) for part in parts)


def remedies(case: Case) -> Mapping[tuple[str, str], int]:
    """What is cut, or all that may be where a lottery decides."""
    return gpus_of(case.parts if case.odds else case.ends[0][1])


def trial(setting: Setting, asked: Asked, started: Mapping[str, bytes], protection: str) -> Trial:
    """Lets the claim come, and its reservation be due. A compile that the checker refuses fails here."""
    world = setting.world(asked, protection)
    tree = after(started, world, COMES)
    before = frozenset(pod for pod in pods_of(tree) if pod.run != CLAIM)
    floor = setting.floor(asked, before)
    found = Trial(floor, floor.cases(), decisions(tree)[CLAIM])
    if not found.forecast:
        return found
    is_open = any(chance not in (0, 1) for chance in found.odds.values())
    due = parse_instant(found.entry["at"])
    ends = [after(tree, world, due, text) for text in (ENTROPIES if is_open else ENTROPIES[:1])]
    return replace(found, ends=tuple(End(before - pods_of(end), cuts_in(end), decisions(end)) for end in ends))


def cuts_in(tree: Mapping[str, bytes]) -> Mapping[tuple[str, str], int]:
    cuts = plan_of(tree)["cuts"]
    assert {cut["for"] for cut in cuts} == {CLAIM}
    return summed((cut["kind"], "+".join(cut["runs"]), cut["gpus"]) for cut in cuts)


def after(tree: Mapping[str, bytes], world: World, as_of: Instant, entropy: str = ENTROPIES[0]) -> Mapping[str, bytes]:
    """The tree of a compile on an earlier tree, when no lease has ended yet."""
    return tree_of(compiled(world, previous=tree, as_of=as_of, entropy=Entropy(text=entropy)))


def trials(settings: Iterable[Setting], asked: Sequence[Asked] = (), protection: str = "0s") -> Iterator[Trial]:
    """Every claim in every setting."""
    for setting in settings:
        started = after({}, setting.world(protection=protection), AT_NOW)
        for one in asked or claims(setting.layout):
            yield trial(setting, one, started, protection)


def it_contends_if_cuts_make_it_fit(trial: Trial) -> None:
    """It starts where it fits; and nobody is cut for what fits no fleet."""
    assert bool(trial.forecast) == bool(trial.cases)
    if not trial.cases:
        assert trial.entry["decision"] == ("start" if trial.floor.fits() else "refuse")


def it_is_due_after_the_lead(trial: Trial) -> None:
    assert not trial.forecast or parse_instant(trial.entry["at"]) == COMES + LEAD


def the_least_is_missing(trial: Trial) -> None:
    assert bool(trial.lacking) == bool(trial.cases)


def odds_are_exact(trial: Trial) -> None:
    assert not trial.lacking or any(case.odds == trial.odds for case in trial.lacking)


def all_who_may_lose_are_named(trial: Trial) -> None:
    assert not trial.lacking or trial.published
    for case in trial.published:
        assert trial.entry["forecast"]["conflictSet"] == sorted({run for _, run in remedies(case)})


def the_cut_is_possible(trial: Trial) -> None:
    """Some way to draw ends so, and where nothing is drawn what was published is cut."""
    possible = [cut for case in trial.published for _, cut in case.ends]
    for end in trial.ends:
        assert any(gpus_of(cut) == end.cuts and lost_with(cut) == end.lost for cut in possible)


def the_cut_is_minimal(trial: Trial) -> None:
    """By trying every set of cuts; and no kind is cut where all of the earlier ones together are enough."""
    for end in trial.ends:
        cases = [case for case in trial.cases if end.lost in [lost_with(cut) for cut in case.minimal]]
        assert cases
        for kind, _ in end.cuts:
            earlier = KINDS[: KINDS.index(kind)]
            assert not any(case.met(part for part in case.parts if part.kind in earlier) for case in cases)


def it_starts_whole_when_it_is_due(trial: Trial) -> None:
    whole = trial.floor.asked.pods * trial.floor.asked.per_pod
    for end in trial.ends:
        entry = end.decisions[CLAIM]
        assert (entry["decision"], entry["at"], entry["width"]) == ("start", trial.entry["at"], whole)


def whoever_is_cut_whole_is_planned_again(trial: Trial) -> None:
    """In the same compile; all others go on, without what they lost."""
    for end in trial.ends:
        for run in sorted({pod.run for pod in trial.floor.pods}):
            kept = [pod for pod in trial.floor.pods - end.lost if pod.run == run]
            entry = end.decisions[run]
            assert (entry["decision"] == "running") == bool(kept)
            assert not kept or entry["width"] == sum(len(pod.slots) for pod in kept if not pod.spare)
            assert kept or entry["decision"] in ("start", "reserve", "refuse")


LAWS: tuple[Callable[[Trial], None], ...] = (
    it_contends_if_cuts_make_it_fit,
    it_is_due_after_the_lead,
    the_least_is_missing,
    odds_are_exact,
    all_who_may_lose_are_named,
    the_cut_is_possible,
    the_cut_is_minimal,
    it_starts_whole_when_it_is_due,
    whoever_is_cut_whole_is_planned_again,
)


def hold(tried: Iterable[Trial], laws: Iterable[Callable[[Trial], None]] = LAWS) -> None:
    for one in tried:
        for law in laws:
            law(one)


@pytest.mark.parametrize("family", families())
def test_small_worlds(family: str) -> None:
    tried = tuple(trials(families()[family]))
    hold(tried)
    covered(family, tried)


def covered(family: str, tried: Sequence[Trial]) -> None:
    """That these worlds are not all alike."""
    kinds = [{kind for kind, _ in end.cuts} for one in tried for end in one.ends]
    odds = {chance for one in tried for chance in one.odds.values()}
    layout, first = family.split("-")
    if first == "small":
        assert odds >= {Fraction(chance) for chance in ("1/2", "1", *(("1/3", "2/3") if layout == "one" else ()))}
        return
    for other in list(PAIRED)[0 if layout == "one" else list(PAIRED).index(first) :]:
        assert any({PAIRED[first], PAIRED[other]} <= cut for cut in kinds)
    assert {one.entry["decision"] for one in tried} >= {"start", "reserve"}
    assert any(len(one.entry["groups"]) == 2 for one in tried) == (layout == "two")


def test_a_claim_is_split_so_that_the_least_is_missing() -> None:
    hold(trials((one for name, some in families().items() if name.startswith("two") for one in some), [Asked(pods=3)]))


def test_nobody_is_cut_who_is_protected_or_for_what_never_fits() -> None:
    alone = [(shape,) for shape in list(PAIRED)[1:]]
    for hours, confidence in ((4, "contended"), (8, "firm")):
        for one in trials(owned(ONE, alone), [Asked(pods=4)], f"{hours}h"):
            assert one.entry["forecast"]["confidence"] == confidence
            assert parse_instant(one.entry["at"]) == AT_NOW + 3_600 * min(hours, 6)
    hold(trials(owned(TWO, alone), [Asked(pods=3, domain="f1")]))


GUARDS = (
    (cuts, "give_back", lambda _: (), the_cut_is_minimal),
    (cuts, "order_of_return", tuple, the_cut_is_possible),
    (choice, "CUT_ORDER", CUT_ORDER[::-1], odds_are_exact),
    (choice, "missing", lambda need: need.pods, the_least_is_missing),
    (newcomers, "_instants", lambda _, first, last: (first + 60,), it_is_due_after_the_lead),
)


@pytest.mark.parametrize(("where", "name", "instead", "law"), GUARDS, ids=lambda one: getattr(one, "__name__", None))
def test_a_guard_keeps_its_law(
    where: Any, name: str, instead: Any, law: Callable[[Trial], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "verify", lambda *_, **__: ())
    monkeypatch.setattr(where, name, instead)
    with pytest.raises(AssertionError):
        hold(trials(owned(ONE, [("plain",), ("spare", "plain"), ("spare", "malleable")])), [law])
