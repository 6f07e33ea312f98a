"""Classes by the greedy fill (semantics.md 4): who is funded when not all can be."""

from fractions import Fraction

from jobtree.base.identity import Key
from jobtree.ledger.classes import classes_at, funded_claims
from jobtree.model.budget import Lending, PreActivation
from jobtree.model.lease import FundingClass, Role
from jobtree.model.run import Elastic, Funding, TreeQuota
from jobtree.model.selector import Selector
from tests.unit.ledger.built import at, budget, cap, catalog, envelope, hours, lease, node, run, span, window

OWNED, SHARED, BORROWED, UNFUNDED = FundingClass


def classes(everything, leases, hour: float = 1) -> list[FundingClass | None]:
    found = classes_at(everything, leases, at(hour))
    return [found.get(index) for index in range(len(leases))]


def test_the_class_follows_from_who_pays() -> None:
    e = {name: envelope(name, 64, lending=Lending(allow=True)) for name in ("me", "dad", "bank")}
    mine = run("r", "me")
    everything = catalog([budget("me", e["me"], parents=["dad"]), budget("dad", e["dad"]), budget("bank", e["bank"])])
    leases = [
        lease(run(name, "me", 8), payer, span(0, 9))
        for name, payer in [("a", e["me"]), ("b", e["dad"]), ("c", e["bank"]), ("d", None)]
    ]
    assert classes(everything, [*leases, lease(mine, e["me"], span(5, 9))]) == [OWNED, SHARED, BORROWED, UNFUNDED, None]


def test_an_owner_recalls_family_use_nearest_last() -> None:
    dads = envelope("dad", 16)
    mine, cousin, own = run("m", "me", admitted=1), run("c", "cousin", admitted=0), run("o", "dad", admitted=9)
    budgets = [budget("dad", dads), budget("me", parents=["dad"]), budget("aunt", parents=["dad"])]
    everything = catalog([*budgets, budget("cousin", parents=["aunt"])], [mine, cousin, own])
    before = [lease(mine, dads, span(0, 9)), lease(cousin, dads, span(0, 9))]
    assert classes(everything, before) == [SHARED, SHARED]
    assert classes(everything, [*before, lease(own, dads, span(0, 9))]) == [SHARED, UNFUNDED, OWNED]


def test_a_loan_keeps_its_place_among_the_owners_claims() -> None:
    bank = envelope("bank", 8, lending=Lending(allow=True))
    early, loan, late = run("a", "bank", admitted=1), run("l", "me", admitted=2), run("z", "bank", admitted=3)
    everything = catalog([budget("bank", bank)], [early, loan, late])
    assert classes(everything, [lease(loan, bank, span(0, 9)), lease(late, bank, span(0, 9))]) == [BORROWED, UNFUNDED]
    assert classes(everything, [lease(loan, bank, span(0, 9)), lease(early, bank, span(0, 9))]) == [UNFUNDED, OWNED]


def test_a_loan_keeps_its_place_where_family_pays_for_the_rest() -> None:
    dads, bank = envelope("dad", 8), envelope("bank", 8, lending=Lending(allow=True))
    both, late, dad = run("b", "me", 16, admitted=1), run("z", "bank", 8, admitted=2), run("o", "dad", 8, admitted=3)
    everything = catalog([budget("me", parents=["dad"]), budget("dad", dads), budget("bank", bank)], [both, late, dad])
    mixed = [lease(both, dads, span(0, 9), 8), lease(both, bank, span(0, 9), 8, rank=1)]
    assert classes(everything, [*mixed, lease(late, bank, span(0, 9))]) == [SHARED, BORROWED, UNFUNDED]
    recalled = [*mixed, lease(late, bank, span(0, 9)), lease(dad, dads, span(0, 9))]
    assert classes(everything, recalled) == [UNFUNDED, UNFUNDED, OWNED, OWNED]


def test_loans_of_the_groups_above_one_that_family_takes_back_bind_nobody() -> None:
    dads, bank = envelope("dad", 8), envelope("bank", 16, lending=Lending(allow=True))
    elastic = run("e", "me", 16, admitted=1, elastic=Elastic(minimum=4, maximum=16, step=4, desired=16))
    late, dad = run("z", "bank", 16, admitted=2), run("o", "dad", 8, admitted=3)
    budgets = [budget("me", parents=["dad"]), budget("dad", dads), budget("bank", bank)]
    groups = [lease(elastic, (dads, bank)[group % 2], span(0, 9), 4, group=group) for group in range(4)]
    everything = catalog(budgets, [elastic, late, dad])
    assert classes(everything, [*groups, lease(late, bank, span(0, 9), 8)]) == [
        SHARED,
        BORROWED,
        SHARED,
        BORROWED,
        OWNED,
    ]
    gone = [*groups, lease(late, bank, span(0, 9), 16), lease(dad, dads, span(0, 9), 8)]
    assert classes(everything, gone) == [UNFUNDED] * 4 + [OWNED, OWNED]


def test_a_running_loan_outlives_the_lending_rule_and_the_borrow_limit() -> None:
    bank = envelope("bank", 8, lending=Lending(allow=True, to=("nobody",), max_concurrency=1))
    loan = run("l", "me", funding=Funding(allow_borrow=True, max_borrow_gpus=1))
    assert classes(catalog([budget("bank", bank)], [loan]), [lease(loan, bank, span(0, 9))]) == [BORROWED]


def test_nobody_outside_locks_an_owner_out_through_a_cap() -> None:
    mine, theirs = envelope("me", 8), envelope("kin", 8)
    owner, guest = run("o", "me", admitted=9), run("g", "me", admitted=0)
    budgets = [budget("me", mine, parents=["kin"]), budget("kin", theirs, caps=[cap("kin", [mine, theirs], 8)])]
    leases = [lease(guest, theirs, span(0, 9)), lease(owner, mine, span(0, 9))]
    assert classes(catalog(budgets, [owner, guest]), leases) == [UNFUNDED, OWNED]


def test_a_lower_ranked_claim_still_tries() -> None:
    mine = envelope("me", 12)
    runs = [run("a", "me", 8, admitted=0), run("b", "me", 8, admitted=1), run("c", "me", 4, admitted=2)]
    leases = [lease(item, mine, span(0, 9)) for item in runs]
    assert classes(catalog([budget("me", mine)], runs), leases) == [OWNED, UNFUNDED, OWNED]


def test_a_fixed_run_is_funded_whole_or_not_at_all() -> None:
    mine, dads = envelope("me", 8), envelope("dad", 8)
    both, own = run("b", "me", 16), run("o", "dad", 8)
    everything = catalog([budget("me", mine, parents=["dad"]), budget("dad", dads)], [both, own])
    leases = [lease(both, mine, span(0, 9), 8), lease(both, dads, span(0, 9), 8, rank=1), lease(own, dads, span(0, 9))]
    assert classes(everything, leases[:2]) == [OWNED, SHARED]
    assert classes(everything, leases) == [UNFUNDED, UNFUNDED, OWNED]


def test_a_malleable_run_is_funded_from_its_lowest_group_up() -> None:
    mine = envelope("me", 10)
    elastic = run("e", "me", 12, admitted=0, elastic=Elastic(minimum=4, maximum=12, step=4, desired=12))
    small = run("s", "me", 2, admitted=1)
    leases = [lease(elastic, mine, span(0, 9), 4, group=group) for group in (2, 0, 1)]
    everything = catalog([budget("me", mine)], [elastic, small])
    assert classes(everything, [*leases, lease(small, mine, span(0, 9))]) == [UNFUNDED, OWNED, OWNED, OWNED]


def test_no_group_is_funded_above_one_that_is_not() -> None:
    mine = envelope("me", 5)
    elastic = run("e", "me", 8, elastic=Elastic(minimum=6, maximum=8, step=2, desired=8))
    leases = [lease(elastic, mine, span(0, 9), 6), lease(elastic, mine, span(0, 9), 2, group=1)]
    assert classes(catalog([budget("me", mine)], [elastic]), leases) == [UNFUNDED, UNFUNDED]


def test_hours_count_what_elapsed_and_what_is_still_needed() -> None:
    mine = envelope("me", 64, max_gpu_seconds=hours(100))
    first, second = run("a", "me", 8, admitted=0), run("b", "me", 8, admitted=1)
    everything = catalog([budget("me", mine)], [first, second])
    leases = [lease(first, mine, span(0, 10)), lease(second, mine, span(5, 8))]
    assert classes(everything, leases, 6) == [OWNED, UNFUNDED]
    leases[1] = lease(second, mine, span(5, 7.5))
    assert classes(everything, leases, 6) == [OWNED, OWNED]


def test_spares_cost_their_rate_in_hours_and_count_in_full_at_an_instant() -> None:
    mine = envelope("me", 16, max_gpu_seconds=hours(20))
    first, second = run("a", "me", 8), run("b", "me", 8, admitted=1)
    everything = catalog([budget("me", mine)], [first, second])
    assert everything.fleet.planning.spare_rate == Fraction(1, 4)
    leases = [lease(first, mine, span(0, 8), role=Role.SPARE), lease(second, mine, span(0, 1), 8)]
    assert classes(everything, leases, 0) == [OWNED, UNFUNDED]
    leases[0] = lease(first, mine, span(0, 6), role=Role.SPARE)
    assert classes(everything, leases, 0) == [OWNED, OWNED]


def test_a_tree_quota_counts_over_envelopes() -> None:
    one, two = envelope("me", 8, "one"), envelope("me", 8, "two")
    tree = TreeQuota(key=Key("ns-me", "t"), max_gpus=8)
    runs = [run("a", "me", quotas=(tree,)), run("b", "me", admitted=1, quotas=(tree,)), run("c", "me", admitted=2)]
    leases = [lease(runs[0], one, span(0, 9)), lease(runs[1], two, span(0, 9)), lease(runs[2], two, span(0, 9))]
    assert classes(catalog([budget("me", one, two)], runs), leases) == [OWNED, UNFUNDED, OWNED]


def test_edits_that_take_the_right_to_pay_away() -> None:
    dads = envelope("dad", 64)
    mine = run("m", "me")
    budgets = [budget("me", parents=["dad"]), budget("dad", dads)]
    held = [lease(mine, dads, span(0, 9))]
    assert classes(catalog(budgets, [mine]), held) == [SHARED]
    private = envelope("dad", 64, shared_with_family=False)
    elsewhere = envelope("dad", 64, selector=Selector((("region", "moon"),)))
    for edited in ([], [budget("dad", private)], [budget("dad", elsewhere)], [budget("dad", envelope("dad", 7))]):
        assert classes(catalog([budgets[0], *edited], [mine]), held) == [UNFUNDED]
    assert classes(catalog(budgets, [mine], owners=["me"]), held) == [UNFUNDED]
    assert classes(catalog(budgets, [mine], [node(flavor="A100")]), held) == [UNFUNDED]


def spans(everything, leases, hour: float = 0) -> list[tuple[int, float, float]]:
    found = funded_claims(everything, leases, as_of=at(hour))
    return [(item.index, item.interval.start / 3600, item.interval.end / 3600) for item in found]


def test_a_closing_window_unfunds_and_a_successor_takes_over() -> None:
    first, second = envelope("me", 8, "a", window=window(0, 5)), envelope("me", 8, "b", window=window(5, 20))
    mine = run("m", "me")
    everything = catalog([budget("me", first, second)], [mine])
    assert spans(everything, [lease(mine, first, span(0, 9))], 2) == [(0, 2, 5)]
    renewed = [lease(mine, first, span(0, 5)), lease(mine, second, span(5, 9))]
    assert spans(everything, renewed, 2) == [(0, 2, 5), (1, 5, 9)]


def test_before_its_window_only_admission_pays() -> None:
    mine = run("m", "me")
    for before, funded in ((PreActivation(), (0, 5, 9)), (PreActivation(allow_admission=True), (0, 0, 9))):
        later = envelope("me", 8, window=window(5, 20), pre_activation=before)
        assert spans(catalog([budget("me", later)], [mine]), [lease(mine, later, span(0, 9))]) == [funded]


def test_work_is_funded_again_when_quota_returns() -> None:
    mine = envelope("me", 8)
    runs = [run("a", "me", admitted=0), run("b", "me", admitted=1)]
    leases = [lease(runs[0], mine, span(0, 4)), lease(runs[1], mine, span(0, 9))]
    assert spans(catalog([budget("me", mine)], runs), leases) == [(0, 0, 4), (1, 4, 9)]


def test_a_recall_in_the_future_unfunds_from_then() -> None:
    dads = envelope("dad", 8)
    mine, own = run("m", "me", admitted=0), run("o", "dad", admitted=5)
    everything = catalog([budget("dad", dads), budget("me", parents=["dad"])], [mine, own])
    leases = [lease(mine, dads, span(0, 9)), lease(own, dads, span(3, 6))]
    assert spans(everything, leases) == [(0, 0, 3), (0, 6, 9), (1, 3, 6)]


def test_a_run_whose_document_is_gone_ranks_by_its_first_start() -> None:
    mine = envelope("me", 8)
    gone, kept = run("gone", "me"), run("kept", "me", admitted=3)
    everything = catalog([budget("me", mine)], [kept])
    leases = [lease(kept, mine, span(4, 9)), lease(gone, mine, span(2, 9))]
    assert classes(everything, leases, 5) == [UNFUNDED, OWNED]
