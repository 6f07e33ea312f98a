"""Checks on lotteries: committed before, drawn as recorded, cut as drawn; odds that make sense (semantics.md 8)."""

import re
from collections.abc import Iterator
from fractions import Fraction

from jobtree.verify.contention import CUT_ORDER, LOTTERIES, RULE, Cut, Lottery, read_commitment
from jobtree.verify.draw import canonical, digest_of
from jobtree.verify.facts import Facts
from jobtree.verify.field import Field
from jobtree.verify.plan import ALIGNED, CONTENDED, FIRM, RESERVE, Entry
from jobtree.verify.replay import replay_faults
from jobtree.verify.violation import FormatError, Violation

_SHARE = re.compile(r"\d{1,2000}(/\d{1,2000})?", re.ASCII)
_ERROR = re.compile(r"[01]\.\d{4}", re.ASCII)


def draw(facts: Facts) -> Iterator[Violation]:
    """Every lottery replays, among candidates that were committed to; what is drawn and not returned is cut."""
    held: dict[tuple[tuple[str, str], str], Lottery] = {}
    for lottery in facts.plan.lotteries:
        if (lottery.claim, lottery.kind) in held:
            yield Violation("draw", f"{lottery} is held twice")
        held[lottery.claim, lottery.kind] = lottery
        for fault in (*replay_faults(lottery), *_commitment_faults(facts, lottery), *_cut_faults(facts, lottery)):
            yield Violation("draw", fault)
    for cut in facts.plan.cuts:
        if (cut.kind in LOTTERIES) != (cut.draw is not None) or (
            cut.kind in LOTTERIES and (cut.claim, cut.kind) not in held
        ):
            yield Violation("draw", f"{cut} ({cut.kind}, draw {cut.draw}) has no place in a lottery")


def odds(facts: Facts) -> Iterator[Violation]:
    """What a reservation says about its contention holds together."""
    for entry in facts.entries.values():
        if entry.decision != RESERVE:
            continue
        try:
            for fault in _forecast_faults(facts, entry):
                yield Violation("odds", f"{entry.name} {fault}")
        except FormatError as error:
            yield Violation("odds", f"{entry.name}: {error}")


def _commitment_faults(facts: Facts, lottery: Lottery) -> Iterator[str]:
    """Where the earlier tree is known: its reservation of that name committed to this list."""
    if not facts.past.known:
        return
    earlier = facts.past.promises.get(lottery.claim)
    committed = earlier.commitment if earlier is not None else None
    if earlier is None or earlier.name != lottery.reservation or committed is None:
        yield f"{lottery} names reservation {lottery.reservation}, which committed to no lottery"
        return
    stated = (lottery.committed_digest, lottery.input_digest)
    if stated != (committed.digest, committed.input_digest) or committed.digest != digest_of(committed.units):
        yield f"{lottery} goes by other digests than {lottery.reservation} committed to"
    known = {(unit.name, unit.owner, unit.kind) for unit in committed.units}
    for unit in lottery.units:
        if unit.kind in LOTTERIES and (unit.name, unit.owner, unit.kind) not in known:
            yield f"{lottery} has candidate {unit.name} of {unit.owner}, which was not committed"


def _cut_faults(facts: Facts, lottery: Lottery) -> Iterator[str]:
    units = {unit.name: unit for unit in lottery.units}
    drawn = [(place, units[name]) for place, name in enumerate(lottery.draws) if name in units]
    wanted = [
        (unit.name, unit.runs, unit.gpus, place) for place, unit in drawn if unit.name not in set(lottery.returned)
    ]
    found = [_told(cut) for cut in facts.plan.cuts if (cut.claim, cut.kind) == (lottery.claim, lottery.kind)]
    if found != wanted:
        names = ", ".join(name for name, *_ in wanted) or "nobody"
        yield f"{lottery} cuts {names}, but plan.json {', '.join(name for name, *_ in found) or 'nobody'}"


def _told(cut: Cut) -> tuple[str, tuple[tuple[str, str], ...], int, int | None]:
    return (cut.unit, cut.runs, cut.gpus, cut.draw)


def _forecast_faults(facts: Facts, entry: Entry) -> Iterator[str]:
    forecast = entry.forecast
    conflict = forecast["conflictSet"].texts()
    confidence = forecast["confidence"].word((FIRM, CONTENDED, ALIGNED))
    if list(conflict) != sorted(set(conflict)):
        yield "does not list its conflict set sorted, each run once"
    if confidence != CONTENDED and (conflict or forecast["lottery"]):
        yield f"is {confidence}, but would cut others"
    for remedy in forecast["remedies"]:
        if remedy["run"].text() not in conflict or remedy["kind"].word(CUT_ORDER) == "":
            yield f"would cut {remedy['run'].text()}, which is not in its conflict set"
        remedy["gpus"].integer()
    for run, chance in forecast["cutProbability"].members():
        if run not in conflict:
            yield f"gives odds of {run}, which is not in its conflict set"
        if not _is_chance(chance):
            yield f"gives odds of {run} that are no share with its method and error"
    if forecast["lottery"]:
        yield from _lottery_faults(facts, forecast["lottery"])


def _lottery_faults(facts: Facts, entry: Field) -> Iterator[str]:
    commitment = read_commitment(entry)
    if commitment.rule != RULE or any(unit.kind not in LOTTERIES for unit in commitment.units):
        yield f"commits to another lottery than {RULE}"
    if canonical(commitment.units) != commitment.units or commitment.digest != digest_of(commitment.units):
        yield f"commits to digest {commitment.digest}, expected {digest_of(commitment.units)} of candidates in order"
    if commitment.published > facts.plan.as_of:
        yield "commits to its lottery at an instant that is still to come"
    if commitment.published == facts.plan.as_of and commitment.input_digest != facts.plan.input_digest:
        yield "commits to other inputs than those of this plan"


def _is_chance(chance: Field) -> bool:
    text, method, error = chance["p"].value, chance["method"].value, chance["error"].value
    if not isinstance(text, str) or not _SHARE.fullmatch(text):
        return False
    above, _, below = text.partition("/")
    if int(below or 1) == 0 or Fraction(int(above), int(below or 1)) > 1:
        return False
    if method == "sampled":
        return isinstance(error, str) and _ERROR.fullmatch(error) is not None
    return bool(method == "exact" and error is None)
