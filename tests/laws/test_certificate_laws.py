"""Laws of the certificate (docs/certificate.md): whatever prices it names, the checker proves no more than is true."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.verify import bound, leftover, market
from jobtree.verify.bound import proven_bound
from jobtree.verify.certificate import AccountPrice, Certificate, NodePrice, Steps
from jobtree.verify.facts import Facts, Source, gather
from jobtree.verify.inputs import read_inputs
from jobtree.verify.ledger import read_ledger
from jobtree.verify.market import named
from jobtree.verify.past import read_past
from jobtree.verify.release import Releases
from jobtree.verify.tariff import curve
from jobtree.verify.tree import read_tree_files
from tests.laws.compiler import compiled, tree_of, wait_level
from tests.worlds import World, crowd, worlds

HOUR = 3_600
PRICES = st.lists(st.integers(0, 60 * HOUR), min_size=1, max_size=12)


def read(world: World, tree: Mapping[str, bytes]) -> Facts:
    """The facts of a tree as the checker has them."""
    found = read_tree_files(tree)
    assert found.lock is not None
    inputs, faults = read_inputs(world.sources(), found.lock.admissions(), None)
    assert not faults
    source = Source(files=dict(world.sources()), inputs=inputs, past=read_past(None), ledger=read_ledger({}))
    return gather(source, found)


def steps(drawn: Sequence[int], salt: int) -> Steps:
    """Prices that change every few hours, and end."""
    turned = [*drawn[salt % len(drawn) :], *drawn[: salt % len(drawn)]]
    line = [(at * (1 + salt % 5) * HOUR, price) for at, price in enumerate(turned)]
    return (*line, (line[-1][0] + 7 * HOUR, 0))


def arbitrary(facts: Facts, drawn: Sequence[int]) -> Certificate:
    """Prices on every other node, row by row, and on every account that has limits."""
    names = sorted(facts.inputs.nodes)
    rows = [names[first::3] for first in range(3)]
    limited = sorted(facts.accounts.of.items())
    return Certificate(
        nodes=tuple(NodePrice(nodes=tuple(row), steps=steps(drawn, at)) for at, row in enumerate(rows) if at < 2),
        accounts=tuple(
            AccountPrice(
                account=named(key),
                steps=steps(drawn, at) if account.limits.gpus is not None else (),
                charged=drawn[at % len(drawn)] if account.limits.gpu_seconds is not None else 0,
            )
            for at, (key, account) in enumerate(limited)
        ),
        searched=(),
        given=(),
    )


def proves_no_more_than_is_true(world: World, drawn: Sequence[int]) -> None:
    tree = tree_of(compiled(world))
    facts = read(world, tree)
    level = wait_level(tree)
    assert level["bound"] <= proven_bound(facts)
    priced = replace(arbitrary(facts, drawn), given=facts.plan.certificate.given)
    assert proven_bound(replace(facts, plan=replace(facts.plan, certificate=priced))) <= level["value"]


@settings(max_examples=80)
@given(worlds(), PRICES)
def test_no_certificate_proves_more_than_is_true(world: World, drawn: Sequence[int]) -> None:
    proves_no_more_than_is_true(world, drawn)


CONTROLS: dict[str, tuple[object, str, object, str]] = {
    "nodes that hold nothing": (leftover.Leftover, "of_node", lambda self, name: curve(()), "accounts"),
    "accounts that hold nothing": (market.Market, "_account_worth", lambda self, row, left: 0, "nodes"),
    "runs that never start": (Releases, "_is_lost", lambda self, run: True, "nodes"),
    "starts that are too late": (bound, "_latest", lambda facts, where, run: -1, "nodes"),
}
"""What is put in whose place, and which prices the certificate then goes without."""


@pytest.mark.parametrize("name", CONTROLS)
def test_without_its_guard_too_much_is_proven(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run that starts at once on a node of its own waits 0: nothing above that may be proven."""
    world = crowd([(12, 1, 2)], nodes=1)
    proves_no_more_than_is_true(world, [HOUR])
    tree = tree_of(compiled(world))
    facts = read(world, tree)
    place, guard, instead, unpriced = CONTROLS[name]
    priced = replace(facts.plan, certificate=replace(arbitrary(facts, [HOUR]), **{unpriced: ()}))
    assert proven_bound(replace(facts, plan=priced)) <= wait_level(tree)["value"] == 0
    monkeypatch.setattr(place, guard, instead)
    assert proven_bound(replace(facts, plan=priced)) > 0


def test_hours_are_certain_of_no_payer_where_there_are_spares() -> None:
    """An envelope of two GPU-hours may pay for the spare and another for what works: together that costs no more."""
    world = crowd([(8, 1, 1)], gpus=8, budget=8)
    (run,), (account,) = world.documents["runs.yaml"], world.documents["budget.yaml"]
    run["spec"] |= {"spares": 1, "locality": {"groupGPUs": 8}}
    first = account["spec"]["envelopes"][0]
    account["spec"]["envelopes"] = [first | {"maxGPUHours": 2}, first | {"name": "other"}]
    tree = tree_of(compiled(world))
    facts = read(world, tree)
    claimed = Certificate(
        nodes=(),
        accounts=(
            AccountPrice(account="envelope ns-org-a/b/e", steps=(), charged=2_000),
            AccountPrice(account="envelope ns-org-a/b/other", steps=((0, 1_000), (HOUR, 0)), charged=0),
        ),
        searched=(),
        given=(),
    )
    assert proven_bound(replace(facts, plan=replace(facts.plan, certificate=claimed))) <= wait_level(tree)["value"] == 0


def test_hours_before_a_window_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An envelope of one GPU-hour carries a run of sixteen that is over when its window opens."""
    world = crowd([(8, 1, 2)], nodes=1, budget=8)
    (account,) = world.documents["budget.yaml"]
    account["spec"]["envelopes"][0] |= {
        "maxGPUHours": 1,
        "start": "2026-03-02T12:00:00Z",
        "preActivation": {"allowAdmission": True},
    }
    tree = tree_of(compiled(world))
    facts = read(world, tree)
    prices = (AccountPrice(account="envelope ns-org-a/b/e", steps=(), charged=50_000),)
    claimed = Certificate(nodes=(), accounts=prices, searched=(), given=())
    stated = replace(facts, plan=replace(facts.plan, certificate=claimed))
    assert proven_bound(stated) <= wait_level(tree)["value"] == 0
    monkeypatch.setattr(market, "during", lambda opening, price: curve(((0, price),)))
    assert proven_bound(stated) > 0
