"""The books: every account, and what history holds of it (semantics.md 4)."""

from fractions import Fraction

from jobtree.base.identity import Key
from jobtree.ledger.account import BorrowAccount, CapAccount, EnvelopeAccount, LendingAccount, QuotaAccount, Usage
from jobtree.ledger.books import open_books
from jobtree.model.budget import Lending
from jobtree.model.history import History
from jobtree.model.lease import Role
from jobtree.model.run import Funding, TreeQuota
from tests.unit.ledger.built import at, budget, cap, catalog, envelope, hours, lease, run, span, window


def books(everything, leases, hour: float = 0):
    return open_books(everything, History(leases=tuple(leases)), as_of=at(hour))


def claims(usage: Usage) -> list[tuple[float, float, int]]:
    return [(item.interval.start / 3600, item.interval.end / 3600, item.gpus) for item in usage.claims]


def test_every_account_is_there_and_has_a_usage() -> None:
    lends = envelope("bank", 64, lending=Lending(allow=True, max_concurrency=16, max_gpu_seconds=hours(5)))
    plain = envelope("me", 32, max_gpu_seconds=hours(100))
    tree = TreeQuota(key=Key("ns-me", "t"), max_gpus=8, max_gpu_seconds=hours(9))
    borrower = Funding(allow_borrow=True, max_borrow_gpus=4)
    runs = [run("a", "me", quotas=(tree,)), run("b", "me", quotas=(tree,), funding=borrower)]
    found = books(catalog([budget("me", plain, caps=[cap("me", [plain], 30)]), budget("bank", lends)], runs), [])
    limits = {str(label): (account.max_gpus, account.max_gpu_seconds) for label, account in found.accounts.items()}
    assert limits == {
        "envelope ns-bank/bank/e": (64, None),
        "envelope ns-me/me/e": (32, hours(100)),
        "lending of ns-bank/bank/e": (16, hours(5)),
        "cap ns-me/me/cap": (30, None),
        "borrow limit of ns-me/b": (4, None),
        "quota of tree ns-me/t": (8, hours(9)),
    }
    assert list(found.usage) == list(found.accounts)
    assert set(found.usage.values()) == {Usage()}
    assert all(account.label == label for label, account in found.accounts.items())


def test_a_loan_is_booked_on_every_account_it_uses() -> None:
    lent = envelope("bank", 64, lending=Lending(allow=True), window=window(2, 50))
    tree = TreeQuota(key=Key("ns-me", "t"))
    mine = run("m", "me", 8, quotas=(tree,), funding=Funding(allow_borrow=True, max_borrow_gpus=8))
    everything = catalog([budget("bank", lent, caps=[cap("bank", [lent], 40)])], [mine])
    found = books(everything, [lease(mine, lent, span(2, 12))], 5)
    for label in (
        EnvelopeAccount(lent.key), LendingAccount(lent.key), CapAccount(Key("ns-bank", "bank"), "cap"),
        QuotaAccount(tree.key),
    ):  # fmt: skip
        usage = found.usage[label]
        assert (claims(usage), usage.spent, usage.committed) == ([(5, 12, 8)], hours(24), hours(56))
    borrowed = found.usage[BorrowAccount(mine.key)]
    assert (claims(borrowed), borrowed.spent, borrowed.committed) == ([(5, 12, 8)], 0, 0)


def test_equal_intervals_are_summed_and_unpaid_work_charges_nobody() -> None:
    mine = envelope("me", 64)
    runs = [run(name, "me", 8) for name in "abc"]
    leases = [lease(runs[0], mine, span(0, 9)), lease(runs[1], mine, span(3, 9)), lease(runs[2], None, span(0, 9))]
    usage = books(catalog([budget("me", mine)], runs), leases, 4).usage[EnvelopeAccount(mine.key)]
    assert (claims(usage), usage.spent, usage.committed) == ([(4, 9, 16)], hours(40), hours(80))


def test_unpaid_work_counts_against_the_hours_of_its_tree() -> None:
    tree = TreeQuota(key=Key("ns-me", "t"), max_gpu_seconds=hours(100))
    idle = run("m", "me", 8, quotas=(tree,))
    usage = books(catalog([], [idle]), [lease(idle, None, span(0, 9))], 4).usage[QuotaAccount(tree.key)]
    assert (usage.claims, usage.spent, usage.committed) == ((), hours(32), 0)


def test_no_later_edit_changes_what_has_elapsed() -> None:
    mine = run("m", "me", 8)
    for edited in (envelope("me", 64), envelope("me", 1), envelope("me", 64, max_gpu_seconds=hours(1))):
        found = books(catalog([budget("me", edited)], [mine]), [lease(mine, edited, span(0, 9))], 4)
        usage = found.usage[EnvelopeAccount(edited.key)]
        assert usage.spent == hours(32)
        assert usage.committed == (hours(40) if edited == envelope("me", 64) else 0)
        assert bool(usage.claims) == bool(usage.committed)


def test_a_spare_is_rounded_up_once_for_the_whole_lease() -> None:
    mine, spare = envelope("me", 64), run("m", "me", 1)
    everything = catalog([budget("me", mine)], [spare])
    held = lease(spare, mine, span(0, 5 / 3600), role=Role.SPARE)
    for second, expected in ((0, (0, 2)), (1, (1, 1)), (4, (1, 1)), (5, (2, 0))):
        usage = books(everything, [held], second / 3600).usage[EnvelopeAccount(mine.key)]
        assert (usage.spent, usage.committed) == expected
    assert everything.fleet.planning.spare_rate == Fraction(1, 4)
