"""Laws of the ledger (semantics.md 4), each with its guards switched off in turn, to see the law fail."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jobtree.base.instant import Instant, Interval
from jobtree.base.quantity import charge
from jobtree.ledger import classes, fill, held, meter
from jobtree.ledger.account import Account, BorrowAccount, EnvelopeAccount, LendingAccount, QuotaAccount
from jobtree.ledger.books import open_books
from jobtree.ledger.classes import classes_at, funded_claims
from jobtree.ledger.held import held_claims
from jobtree.ledger.held import relation as held_relation
from jobtree.model.budget import Budget
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import FundingClass, Lease, Role
from tests.laws.ledger_worlds import END, World, crowded_worlds, lent_worlds, worlds

UNFUNDED = FundingClass.UNFUNDED
Law = Callable[[World], None]


def books_of(world: World):
    return open_books(world.catalog, History(leases=world.leases), as_of=world.as_of)


def window_seconds(world: World, lease: Lease) -> set[int]:
    """Seconds of the lease that its payer's window holds, one by one."""
    if lease.payer is None:
        return set()
    window = world.catalog.envelopes[lease.payer.envelope].window
    return {at for at in range(lease.interval.start, lease.interval.end) if window.holds(Instant(at))}


def price(world: World, lease: Lease, seconds: int) -> int:
    rate = world.catalog.fleet.planning.spare_rate if lease.role is Role.SPARE else Fraction(1)
    return charge(gpus=len(lease.slots), seconds=seconds, rate=rate)


def conservation(world: World) -> None:
    """Envelopes are charged slots x seconds x rate for each lease: all elapsed seconds, then the funded ones."""
    spans = funded_claims(world.catalog, world.leases, as_of=world.as_of)
    expected = 0
    for index, lease in enumerate(world.leases):
        funded = {at for span in spans if span.index == index for at in range(span.interval.start, span.interval.end)}
        seconds = {at for at in window_seconds(world, lease) if at < world.as_of or at in funded}
        expected += price(world, lease, len(seconds))
    usage = books_of(world).usage
    assert expected == sum(
        use.spent + use.committed for label, use in usage.items() if isinstance(label, EnvelopeAccount)
    )


def hours_stay_in_windows(world: World) -> None:
    """No envelope is charged for more than the seconds in its window."""
    for label, use in books_of(world).usage.items():
        if isinstance(label, EnvelopeAccount):
            mine = [item for item in world.leases if item.payer is not None and item.payer.envelope == label.envelope]
            most = sum(price(world, lease, len(window_seconds(world, lease))) for lease in mine)
            assert use.spent + use.committed <= most


def no_account_overflows(world: World) -> None:
    """Funded GPUs never exceed a limit at any instant, nor committed hours what was left of them."""
    books = books_of(world)
    for label, account in books.accounts.items():
        use = books.usage[label]
        if isinstance(label, LendingAccount | BorrowAccount):
            continue  # these bound new loans; a running one is a contract
        for at in range(world.as_of, END):
            gpus = sum(claim.gpus for claim in use.claims if claim.interval.holds(Instant(at)))
            assert account.max_gpus is None or gpus <= account.max_gpus
        if account.max_gpu_seconds is not None and use.committed:
            assert use.spent + use.committed <= account.max_gpu_seconds


def only_open_windows_pay(world: World) -> None:
    """A funded lease's payer may pay at that instant."""
    for index, funding in classes_at(world.catalog, world.leases, world.as_of).items():
        payer = world.leases[index].payer
        if funding is not UNFUNDED:
            assert payer is not None
            envelope = world.catalog.envelopes[payer.envelope]
            early = envelope.pre_activation.allow_admission and envelope.window.start is not None
            assert envelope.window.holds(world.as_of) or (early and world.as_of < envelope.window.start)


def gangs_are_whole(world: World) -> None:
    """A fixed run is funded whole or not at all, a malleable one from its lowest group up."""
    classes = classes_at(world.catalog, world.leases, world.as_of)
    for run in world.catalog.runs:
        rows = sorted(
            (world.leases[i].group, kind is UNFUNDED) for i, kind in classes.items() if world.leases[i].run == run.key
        )
        failed = [unfunded for _, unfunded in rows]
        assert failed == sorted(failed)
        assert run.elastic is not None or len(set(failed)) <= 1


def owners_recall_family(world: World) -> None:
    """Ending every family claim funds no claim of an envelope's owner that was not funded before."""
    classes = classes_at(world.catalog, world.leases, world.as_of)
    family = [index for index, claim in enumerate(held_claims(world.catalog, world.leases)) if claim.rank[0] > 0]
    ended = list(world.leases)
    for index in family:
        if classes.get(index, UNFUNDED) is not UNFUNDED:
            lease = ended[index]
            ended[index] = replace(lease, interval=Interval(lease.interval.start, world.as_of))
    after = classes_at(world.catalog, ended, world.as_of)
    for index, kind in after.items():
        payer = world.leases[index].payer
        if payer is not None and payer.owner == world.leases[index].owner:
            assert kind is classes[index]


def lower_ranks_change_nothing_above(world: World) -> None:
    """Each run that starts at the instant changes no class of a run that ranks above it."""
    classes = classes_at(world.catalog, world.leases, world.as_of)
    claims = held_claims(world.catalog, world.leases)
    for newcomer in world.catalog.runs:
        own = {claim.index for claim in claims if claim.run == newcomer.key}
        rank = min(claims[index].rank for index in own)
        without = [lease for lease in world.leases if lease.run != newcomer.key]
        before = classes_at(world.catalog, without, world.as_of)
        kept = [index for index in range(len(world.leases)) if index not in own]
        for position, index in enumerate(kept):
            if claims[index].rank < rank:
                assert before.get(position) is classes.get(index)


def loans_keep_their_place(world: World) -> None:
    """A claim of an envelope's owner changes no loan that was admitted before it."""
    classes = classes_at(world.catalog, world.leases, world.as_of)
    admitted = {run.key: (run.admitted or 0, run.key) for run in world.catalog.runs}
    for number, late in enumerate(world.leases):
        if late.payer is None or late.payer.owner != late.owner:
            continue
        before = classes_at(world.catalog, [*world.leases[:number], *world.leases[number + 1 :]], world.as_of)
        for index, kind in classes.items():
            if kind is UNFUNDED and admitted[world.leases[index].run] < admitted[late.run]:
                assert before[index - (index > number)] is not FundingClass.BORROWED


def lenders_take_no_loan_back(world: World) -> None:
    """A lender's claim changes no loan that was admitted before it, whoever else pays for the run."""
    classes = classes_at(world.catalog, world.leases, world.as_of)
    admitted = {run.key: (run.admitted or 0, run.key) for run in world.catalog.runs}
    for late in {lease.run: lease for lease in world.leases if lease.owner == "d"}.values():
        kept = [index for index, lease in enumerate(world.leases) if lease.run != late.run]
        before = classes_at(world.catalog, [world.leases[index] for index in kept], world.as_of)
        for position, index in enumerate(kept):
            lent = before[position] is FundingClass.BORROWED and admitted[world.leases[index].run] < admitted[late.run]
            assert not lent or classes[index] is FundingClass.BORROWED


def tightening_funds_no_more(world: World) -> None:
    """One GPU less of concurrency or of a cap never funds more GPUs of that envelope or cap."""
    before = books_of(world)
    for number, budget in enumerate(world.catalog.budgets):
        for tightened in tighter(budget):
            edited = list(world.catalog.budgets)
            edited[number] = tightened
            after = books_of(replace(world, catalog=with_budgets(world.catalog, edited)))
            for label, account in after.accounts.items():
                if account.max_gpus != before.accounts[label].max_gpus:
                    assert gpus_now(after.usage[label], world) <= gpus_now(before.usage[label], world)


def tighter(budget: Budget) -> list[Budget]:
    found = []
    for number, envelope in enumerate(budget.envelopes):
        for concurrency in range(1, envelope.concurrency):
            edited = list(budget.envelopes)
            edited[number] = replace(envelope, concurrency=concurrency)
            found.append(replace(budget, envelopes=tuple(edited)))
    for number, cap in enumerate(budget.caps):
        for gpus in range(cap.max_concurrency or 0):
            edited_caps = list(budget.caps)
            edited_caps[number] = replace(cap, max_concurrency=gpus)
            found.append(replace(budget, caps=tuple(edited_caps)))
    return found


def with_budgets(catalog: Catalog, budgets) -> Catalog:
    return Catalog(fleet=catalog.fleet, nodes=catalog.nodes, budgets=tuple(budgets), runs=catalog.runs)


def gpus_now(use, world: World) -> int:
    return sum(claim.gpus for claim in use.claims if claim.interval.holds(world.as_of))


ANY, CROWDED, LENT = worlds(), crowded_worlds(), lent_worlds()
LAWS: dict[Law, st.SearchStrategy[World]] = {
    conservation: ANY,
    hours_stay_in_windows: ANY,
    no_account_overflows: ANY,
    only_open_windows_pay: ANY,
    gangs_are_whole: ANY,
    owners_recall_family: CROWDED,
    lower_ranks_change_nothing_above: CROWDED,
    loans_keep_their_place: CROWDED,
    lenders_take_no_loan_back: LENT,
    tightening_funds_no_more: CROWDED,
}


def probe(law: Law, examples: int) -> None:
    """Looks for a world that breaks the law, without shrinking it."""

    @settings(max_examples=examples, phases=(Phase.generate,), database=None, report_multiple_bugs=False)
    @given(LAWS[law])
    def look(world: World) -> None:
        law(world)

    look()


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law: Law) -> None:
    probe(law, 80)


def funded_seconds(world: World) -> dict[int, set[tuple[int, FundingClass]]]:
    """For each lease the seconds in which it is funded, and its class."""
    found: dict[int, set[tuple[int, FundingClass]]] = {}
    for span in funded_claims(world.catalog, world.leases, as_of=world.as_of):
        seconds = ((at, span.funding) for at in range(span.interval.start, span.interval.end))
        found.setdefault(span.index, set()).update(seconds)
    return found


def everybody(claims, as_of, *, accounts, meter):
    """All are doubted, so that all are filled at every instant."""
    return frozenset(claim.run for claim in claims)


def nobody(claims, as_of, *, accounts, meter):
    """It is taken for granted that everything fits."""
    return frozenset()


@given(ANY)
@settings(max_examples=150)
def test_who_charges_no_crowded_account_need_not_be_filled(world: World) -> None:
    """Looking closely at those alone who may lose gives what filling everybody at every instant gives."""
    at_once = funded_seconds(world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classes, "doubtful_runs", everybody)
        assert funded_seconds(world) == at_once


def test_who_charges_a_crowded_account_must_be_filled() -> None:
    """Taking it for granted that all fit is seen by the law above."""

    @settings(max_examples=400, phases=(Phase.generate,), database=None, report_multiple_bugs=False)
    @given(ANY)
    def look(world: World) -> None:
        filled = funded_seconds(world)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(classes, "doubtful_runs", nobody)
            assert funded_seconds(world) == filled

    with pytest.raises(AssertionError):
        look()


@given(ANY, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_order_of_inputs_changes_nothing(world: World, random) -> None:
    order = list(range(len(world.leases)))
    random.shuffle(order)
    budgets, runs = list(world.catalog.budgets), list(world.catalog.runs)
    random.shuffle(budgets)
    random.shuffle(runs)
    catalog = Catalog(fleet=world.catalog.fleet, nodes=(), budgets=tuple(budgets), runs=tuple(runs))
    leases = tuple(world.leases[index] for index in order)
    shuffled = classes_at(catalog, leases, world.as_of)
    assert {order[position]: kind for position, kind in shuffled.items()} == classes_at(
        world.catalog, world.leases, world.as_of
    )
    assert open_books(catalog, History(leases=leases), as_of=world.as_of) == books_of(world)


def limits_of(*kinds: type) -> Callable[[Account, int, int], bool]:
    """A guard that looks away from accounts of these kinds."""
    honest = fill.gpus_fit
    return lambda account, used, more: isinstance(account.label, kinds) or honest(account, used, more)


def one_by_one(claims):
    return tuple(fill.Unit(run=claim.run, rank=(claim.rank, claim.index), claims=(claim,)) for claim in claims)


def never_charged_back(entry, interval) -> int:
    return interval.seconds


def loans_last(payer, owner, family):
    kind, tier, distance = held_relation(payer, owner, family)
    return (kind, 3 if kind is FundingClass.BORROWED else tier, distance)


def newest_first(claim):
    return (claim.rank[0], claim.rank[1], -claim.rank[2], claim.rank[3])


CONTROLS = {
    "concurrency unguarded": (no_account_overflows, fill, "gpus_fit", lambda account, used, more: True),
    "hours unguarded": (no_account_overflows, fill, "gpu_seconds_fit", lambda account, used, more: True),
    "quotas unguarded": (no_account_overflows, fill, "gpus_fit", limits_of(QuotaAccount)),
    "windows unguarded": (only_open_windows_pay, fill, "window_open", lambda claim, instant: True),
    "windows uncharged": (hours_stay_in_windows, meter, "charged_seconds", never_charged_back),
    "windows miscounted": (conservation, meter, "charged_seconds", never_charged_back),
    "gangs torn": (gangs_are_whole, fill, "units_of", one_by_one),
    "owners unranked": (owners_recall_family, fill, "claim_rank", lambda claim: (0, 0, *claim.rank[2:])),
    "loans ranked last": (loans_keep_their_place, held, "relation", loans_last),
    "loans sunk with family": (lenders_take_no_loan_back, fill, "is_loan", lambda claim: False),
    "newest first": (lower_ranks_change_nothing_above, fill, "claim_rank", newest_first),
    "limit inverted": (
        tightening_funds_no_more, fill, "gpus_fit", lambda account, used, more: used + more > (account.max_gpus or 0),
    ),
}  # fmt: skip
"""Name to the law, and the guard that is replaced."""


@pytest.mark.parametrize("name", CONTROLS)
def test_without_its_guard_the_law_fails(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    law, module, guard, replacement = CONTROLS[name]
    monkeypatch.setattr(module, guard, replacement)
    with pytest.raises(AssertionError):
        probe(law, 500)
