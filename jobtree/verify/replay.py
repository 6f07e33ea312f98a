"""Replays lotteries from committed files alone (docs/lottery.md, Replaying)."""

from collections.abc import Iterator, Mapping

from jobtree.verify.contention import LOTTERY, Lottery, read_lottery
from jobtree.verify.counting import Tally
from jobtree.verify.draw import Dice, canonical, give_back, hold, seed_of
from jobtree.verify.field import Field
from jobtree.verify.ledger import read_ledger
from jobtree.verify.parse import read_json
from jobtree.verify.tree import PLAN
from jobtree.verify.violation import FormatError, Violation


def replay(ledger: Mapping[str, bytes], tree: Mapping[str, bytes]) -> tuple[Violation, ...]:
    """Draws every lottery of plan.json and of the ledger again; nothing means that all come out as recorded.

    Never raises on any bytes: what cannot be read is a ``format`` or ``ledger-chain`` violation.
    """
    found = read_ledger(ledger)
    violations = list(found.faults)
    lotteries = dict.fromkeys(found.lotteries)
    try:
        plan = Field(read_json(tree[PLAN]), "plan") if PLAN in tree else Field(None, "plan")
        lotteries.update(dict.fromkeys(read_lottery(entry) for entry in plan["lottery"]))
    except FormatError as error:
        violations.append(Violation("format", f"{PLAN}: {error}"))
    violations += [Violation("draw", fault) for lottery in lotteries for fault in replay_faults(lottery)]
    return tuple(violations)


def replay_faults(lottery: Lottery) -> Iterator[str]:
    """What does not follow from seed, needs and units of a record."""
    if lottery.seed != seed_of(lottery):
        yield f"{lottery} has seed {lottery.seed}, expected {seed_of(lottery)}"
    if canonical(lottery.units) != lottery.units:
        yield f"{lottery} does not list its candidates in canonical order"
    tally = Tally(lottery.needs)
    if tally.met:
        yield f"{lottery} was held though its needs were met"
    drawn = hold((unit for unit in lottery.units if unit.kind == lottery.kind), tally, Dice(lottery.seed, lottery.kind))
    names = tuple(unit.name for unit in drawn)
    if names != lottery.draws:
        yield f"{lottery} draws {_listed(names)}, but records {_listed(lottery.draws)}"
    elif not tally.met and lottery.kind == LOTTERY:
        yield f"{lottery} draws everybody, and its needs are not met"
    elif tally.met and give_back(drawn, tally) != lottery.returned:
        yield f"{lottery} records returns of {_listed(lottery.returned)}, which the rule does not give"
    elif not _is_backwards(lottery.returned, lottery.draws):
        yield f"{lottery} records returns of {_listed(lottery.returned)}, out of the order of its draws"


def _is_backwards(returned: tuple[str, ...], draws: tuple[str, ...]) -> bool:
    rest = iter(reversed(draws))
    return all(name in rest for name in returned)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"
