"""House rules: what breaks them, who is waived, and which waivers are of no use."""

from fractions import Fraction

import pytest

from jobtree.base.diagnostic import Location, Severity
from jobtree.base.identity import Owner
from jobtree.model.policy import (
    CheckpointRequired,
    Demand,
    MaxBorrowShare,
    MaxDuration,
    MaxWindow,
    Policy,
    Rule,
    SparesRequired,
    Waiver,
)
from jobtree.model.run import Funding
from jobtree.policy.evaluator import nobody
from jobtree.policy.rules import judge_documents
from tests.unit.ledger.built import HOUR, at, budget, catalog, envelope, run, window

SPONSORS = (Owner("bank"),)


def evaluate(policies, catalog, *, as_of):
    return judge_documents(policies, catalog, [], nobody, as_of=as_of).diagnostics


def policy(demand: Demand, *waivers: Waiver, **more) -> Policy:
    rule = Rule(name="r", demand=demand, where=Location("policies/p.yaml", 7, 5), **more)
    return Policy(name="p", rules=(rule,), waivers=waivers)


def waiver(of: str, until: float, rule: str = "r") -> Waiver:
    return Waiver(rule=rule, object=of, until=at(until), reason="moving")


def borrower(limit: int | None) -> Funding:
    return Funding(allow_borrow=True, sponsors=SPONSORS, max_borrow_gpus=limit)


def broken(demand: Demand, *runs, budgets=()) -> list[str]:
    found = evaluate([policy(demand)], catalog(budgets, runs), as_of=at(0))
    assert all(finding.code == "JT409" and finding.notes and finding.help for finding in found)
    return [finding.message.split(":")[0] for finding in found]


@pytest.mark.parametrize(
    ("demand", "good", "bad"),
    [
        (MaxBorrowShare(share=Fraction(1, 2)), {"funding": borrower(8)}, {"funding": borrower(9)}),
        (MaxBorrowShare(share=Fraction(1, 2)), {"funding": Funding(allow_borrow=True)}, {"funding": borrower(None)}),
        (MaxBorrowShare(share=Fraction(1)), {"funding": borrower(99)}, None),
        (CheckpointRequired(from_gpus=16), {"checkpoint": 60}, {}),
        (CheckpointRequired(from_gpus=17), {}, None),
        (SparesRequired(from_gpus=16, at_least=2), {"spares": 2}, {"spares": 1}),
        (MaxDuration(seconds=24 * HOUR), {"duration": 24 * HOUR}, {"duration": 24 * HOUR + 1}),
    ],
)
def test_a_run_keeps_or_breaks_a_rule(demand: Demand, good: dict, bad: dict | None) -> None:
    assert broken(demand, run("good", "me", 16, **good)) == []
    if bad is not None:
        assert broken(demand, run("bad", "me", 16, **bad), run("a", "me", 16, **good)) == ["ns-me/bad"]


@pytest.mark.parametrize(
    ("bounds", "breaks"), [((0, 24), False), ((0, 25), True), ((0, None), True), ((None, 9), True)]
)
def test_windows_are_bounded(bounds, breaks: bool) -> None:
    owned = budget("me", envelope("me", 8, window=window(*bounds)))
    assert broken(MaxWindow(seconds=24 * HOUR), budgets=[owned]) == (["ns-me/me"] if breaks else [])


def test_a_breach_shows_its_numbers_the_authors_words_and_the_rules_place() -> None:
    rules = policy(CheckpointRequired(from_gpus=8), message="no checkpoint, no run", severity=Severity.WARNING)
    (finding,) = evaluate([rules], catalog([], [run("a", "me", 16)]), as_of=at(0))
    assert finding.message == "ns-me/a: no checkpoint, no run (rule r)"
    assert finding.notes == ("16 GPUs; the rule asks for one from 8 GPUs on",)
    assert finding.location == Location("policies/p.yaml", 7, 5)
    assert finding.severity is Severity.WARNING


def test_a_rule_is_an_error_unless_it_says_otherwise() -> None:
    everything = catalog([], [run("a", "me", 16)])
    (finding,) = evaluate([policy(CheckpointRequired(from_gpus=8))], everything, as_of=at(0))
    assert finding.severity is Severity.ERROR
    assert evaluate([], everything, as_of=at(0)) == ()


def test_a_waiver_counts_until_its_instant_and_in_any_policy() -> None:
    everything = catalog([], [run("a", "me", 16)])
    rules, waivers = policy(CheckpointRequired(from_gpus=8)), Policy(name="w", waivers=(waiver("ns-me/a", 5),))
    assert evaluate([rules, waivers], everything, as_of=at(4)) == ()
    assert [finding.code for finding in evaluate([rules, waivers], everything, as_of=at(5))] == ["JT410", "JT409"]


def test_a_waiver_that_nothing_needs_is_named() -> None:
    everything = catalog([], [run("a", "me", 4)])
    rules = policy(CheckpointRequired(from_gpus=8), waiver("ns-me/a", 5), waiver("ns-me/a", 5, "gone"))
    assert [finding.code for finding in evaluate([rules], everything, as_of=at(0))] == ["JT411", "JT411"]
