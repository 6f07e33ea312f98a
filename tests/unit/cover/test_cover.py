"""Who may pay, in which order, out of which accounts, and why others may not (semantics.md 5)."""

import pytest

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import ALWAYS
from jobtree.cover.cover import cover, cover_all
from jobtree.cover.offer import Tier
from jobtree.ledger.account import BorrowAccount, CapAccount, EnvelopeAccount, LendingAccount, QuotaAccount
from jobtree.ledger.charging import accounts_of
from jobtree.model.budget import Lending, PreActivation
from jobtree.model.fleet import CoverOrder
from jobtree.model.lease import FundingClass
from jobtree.model.run import Funding, TreeQuota
from jobtree.model.selector import Selector
from tests.unit.ledger.built import at, budget, cap, catalog, envelope, envelope_key, node, run, window

LENDS = Lending(allow=True)


def borrower(*sponsors: str, limit: int | None = None) -> Funding:
    return Funding(allow_borrow=True, sponsors=tuple(Owner(name) for name in sponsors), max_borrow_gpus=limit)


def payers(coverage) -> list[str]:
    return [offer.payer.owner for offer in coverage.offers]


def codes(coverage) -> dict[str, str]:
    return {str(denial.envelope): denial.reason.code for denial in coverage.denials}


def test_order_is_own_near_far_by_distance_then_sponsors_as_listed() -> None:
    budgets = [
        budget("grand", envelope("grand", 8)),
        budget("parent", envelope("parent", 8), parents=["grand"]),
        budget("aunt", envelope("aunt", 8), parents=["grand"]),
        budget("cousin", envelope("cousin", 8), parents=["aunt"]),
        budget("sibling", envelope("sibling", 8), parents=["parent"]),
        budget("me", envelope("me", 8, "z"), envelope("me", 8, "a"), parents=["parent"]),
        budget("child", envelope("child", 8), parents=["me"]),
        budget("alpha", envelope("alpha", 8, lending=LENDS)),
        budget("omega", envelope("omega", 8, lending=LENDS)),
    ]
    mine = run("r", "me", funding=borrower("omega", "alpha", "cousin"))
    found = cover(mine, catalog(budgets, [mine]), as_of=at(0))
    assert payers(found) == ["me", "me", "parent", "sibling", "child", "grand", "aunt", "cousin", "omega", "alpha"]
    assert [offer.payer.envelope.envelope for offer in found.offers[:2]] == ["a", "z"]
    assert [offer.tier for offer in found.offers[2:]] == [
        Tier.NEAR_FAMILY, Tier.NEAR_FAMILY, Tier.FAR_FAMILY, Tier.FAR_FAMILY, Tier.FAR_FAMILY, Tier.FAR_FAMILY,
        Tier.SPONSOR, Tier.SPONSOR,
    ]  # fmt: skip
    assert found.denials == ()


def test_a_loan_charges_every_account_that_limits_it() -> None:
    lent = envelope("bank", 64, lending=Lending(allow=True, max_concurrency=16), window=window(0, 100))
    tree = TreeQuota(key=Key("ns-me", "weekly"), max_gpus=32)
    mine = run("r", "me", funding=borrower("bank", limit=8), quotas=(tree,))
    everything = catalog([budget("bank", lent, caps=[cap("bank", [lent], 40)])], [mine])
    (offer,) = cover(mine, everything, as_of=at(0)).offers
    assert offer.funding is FundingClass.BORROWED
    assert {charge.label: charge.window for charge in offer.charges} == {
        EnvelopeAccount(lent.key): lent.window,
        LendingAccount(lent.key): lent.window,
        CapAccount(Key("ns-bank", "bank"), "cap"): lent.window,
        BorrowAccount(mine.key): ALWAYS,
        QuotaAccount(tree.key): ALWAYS,
    }
    assert all(charge.label in accounts_of(everything) for charge in offer.charges)


def test_own_payment_charges_neither_lending_nor_borrow_limit() -> None:
    own = envelope("me", 64, lending=LENDS)
    mine = run("r", "me", funding=borrower("bank", limit=8))
    (offer,) = cover(mine, catalog([budget("me", own)], [mine]), as_of=at(0)).offers
    assert [charge.label for charge in offer.charges] == [EnvelopeAccount(own.key)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lending": Lending()}, "JT407"),
        ({"lending": Lending(allow=True, to=("you", "org:me:*"))}, "JT407"),
        ({"lending": Lending(allow=True, max_concurrency=4)}, "JT407"),
        ({"window": window(-10, 5)}, "JT402"),
        ({"window": window(8), "pre_activation": PreActivation(allow_reservations=False)}, "JT402"),
        ({"concurrency": 4}, "JT403"),
        ({"max_gpu_seconds": 0}, "JT404"),
        ({"selector": Selector((("region", "moon"),))}, "JT401"),
    ],
)
def test_a_sponsor_that_may_not_pay_is_denied_with_its_code(changes, code) -> None:
    defaults = {"concurrency": 64, "lending": LENDS}
    lent = envelope("bank", **{**defaults, **changes})
    mine = run("r", "me", gpus_per_pod=8, funding=borrower("bank"))
    found = cover(mine, catalog([budget("bank", lent)], [mine]), as_of=at(5))
    assert found.offers == ()
    assert codes(found) == {str(envelope_key("bank")): code}
    assert all(denial.reason.facts for denial in found.denials)


@pytest.mark.parametrize("to", [(), ("*",), ("org:me:*",), ("org:me:lab",)])
def test_lending_patterns(to) -> None:
    mine = run("r", "org:me:lab", funding=borrower("bank"))
    lent = envelope("bank", 64, lending=Lending(allow=True, to=to))
    assert payers(cover(mine, catalog([budget("bank", lent)], [mine]), as_of=at(0))) == ["bank"]


def test_a_listed_sponsor_without_allow_borrow_and_a_low_limit() -> None:
    bank = budget("bank", envelope("bank", 64, lending=LENDS))
    shy = run("r", "me", funding=Funding(sponsors=(Owner("bank"),)))
    small = run("s", "me", gpus_per_pod=8, funding=borrower("bank", limit=7))
    found = cover_all(catalog([bank], [shy, small]), as_of=at(0))
    assert codes(found[shy.key]) == {"ns-bank/bank/e": "JT407"}
    assert codes(found[small.key]) == {"ns-bank/bank/e": "JT408"}
    assert found[small.key].denials[0].reason.facts == {"limit": 7, "gpusPerPod": 8}


def test_family_that_does_not_share_never_pays_as_a_sponsor_either() -> None:
    parent = budget("parent", envelope("parent", 8, shared_with_family=False, lending=LENDS))
    mine = run("r", "me", funding=borrower("parent"))
    found = cover(mine, catalog([parent, budget("me", parents=["parent"])], [mine]), as_of=at(0))
    assert (payers(found), codes(found)) == ([], {"ns-parent/parent/e": "JT401"})


def test_colons_make_no_family() -> None:
    mine = run("r", "org:ai:rai")
    found = cover(mine, catalog([budget("org:ai", envelope("org:ai", 8))], [mine]), as_of=at(0))
    assert (found.offers, found.denials) == ((), ())


def test_only_registered_owners_pay_and_borrow() -> None:
    own, lent = envelope("me", 8), envelope("bank", 8, lending=LENDS)
    mine = run("r", "me", funding=borrower("bank"))
    budgets = [budget("me", own), budget("bank", lent)]
    without_bank = cover(mine, catalog(budgets, [mine], owners=["me"]), as_of=at(0))
    assert (payers(without_bank), codes(without_bank)) == (["me"], {"ns-bank/bank/e": "JT401"})
    assert cover(mine, catalog(budgets, [mine], owners=["bank"]), as_of=at(0)).offers == ()


def test_before_its_window_an_envelope_promises_and_only_with_admission_pays() -> None:
    early = PreActivation(allow_admission=True)
    promised = envelope("me", 8, "a", window=window(10, 20))
    admitted = envelope("me", 8, "b", window=window(10, 20), pre_activation=early)
    mine = run("r", "me")
    found = cover(mine, catalog([budget("me", promised, admitted)], [mine]), as_of=at(0))
    assert [offer.window for offer in found.offers] == [window(10, 20), window(None, 20)]
    assert [offer.charges[0].window for offer in found.offers] == [window(10, 20), window(10, 20)]


def test_an_envelope_that_pays_for_other_nodes_is_denied_but_not_for_want_of_any_node() -> None:
    east, west = Selector((("region", "east"),)), Selector((("region", "west"),))
    home = budget("me", envelope("me", 8, selector=east))
    nodes = [node("n1", region="west"), node("n2", region="east")]
    wants_west, wants_mars = run("w", "me", selector=west), run("m", "me", selector=Selector((("region", "mars"),)))
    found = cover_all(catalog([home], [wants_west, wants_mars], nodes), as_of=at(0))
    assert codes(found[wants_west.key]) == {"ns-me/me/e": "JT401"}
    assert payers(found[wants_mars.key]) == ["me"]


def test_cover_order_location_puts_home_before_proximity() -> None:
    east, west = Selector((("region", "east"),)), Selector((("region", "west"), ("cluster", "*")))
    budgets = [
        budget("me", envelope("me", 8, selector=Selector((("region", "west"),))), parents=["near"]),
        budget("near", envelope("near", 8, selector=east), parents=["far"]),
        budget("far", envelope("far", 8, selector=west)),
    ]
    mine = run("r", "me")
    nodes = [node("n1", region="west"), node("n2", region="east")]
    by_proximity = cover(mine, catalog(budgets, [mine], nodes), as_of=at(0))
    by_location = cover(mine, catalog(budgets, [mine], nodes, cover_order=CoverOrder.LOCATION), as_of=at(0))
    assert [(offer.payer.owner, offer.foreign) for offer in by_proximity.offers] == [
        ("me", False), ("near", True), ("far", False),
    ]  # fmt: skip
    assert payers(by_location) == ["me", "far", "near"]


def test_asking_alone_and_asking_together_give_the_same_answer() -> None:
    bank = budget("bank", envelope("bank", 64, lending=LENDS))
    runs = [run(f"r{number}", "me", funding=borrower("bank", limit=number)) for number in range(4)]
    runs += [run("plain", "me"), run("twin", "me"), run("other", "bank")]
    everything = catalog([bank, budget("me", envelope("me", 8))], runs)
    together = cover_all(everything, as_of=at(0))
    assert list(together) == sorted(together)
    assert together == {item.key: cover(item, everything, as_of=at(0)) for item in runs}
