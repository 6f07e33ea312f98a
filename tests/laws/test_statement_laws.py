"""A statement answers about one run what reading everything anew would say (semantics.md 4), with controls."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.ledger import statement as statements
from jobtree.ledger.charging import accounts_of
from jobtree.ledger.classes import classes_at, spans_of
from jobtree.ledger.held import held_claims
from jobtree.ledger.statement import Statement, statement
from jobtree.model.lease import FundingClass, Lease
from tests.laws.ledger_worlds import END, World, crowded_worlds, lent_worlds, worlds

ANY = st.one_of(worlds(), crowded_worlds(), lent_worlds())
Law = Callable[[World, int], None]


def of(world: World, leases: tuple[Lease, ...]) -> Statement:
    return statement(world.catalog, leases, as_of=world.as_of)


def parted(world: World, number: int) -> tuple[tuple[Lease, ...], tuple[Lease, ...]]:
    """All leases but those of one run, and those, as if they began now at the earliest."""
    run = world.leases[number % len(world.leases)].run
    rest = tuple(lease for lease in world.leases if lease.run != run)
    own = (lease for lease in world.leases if lease.run == run and lease.interval.end > world.as_of)
    late = (replace(lease.interval, start=max(world.as_of, lease.interval.start)) for lease in own)
    kept = (lease for lease in world.leases if lease.run == run and lease.interval.end > world.as_of)
    return rest, tuple(replace(lease, interval=interval) for lease, interval in zip(kept, late, strict=True))


def stayed(world: World, number: int) -> tuple[Lease, ...]:
    """All leases but those of one run that are not over: what a run has used before it was requeued stays used."""
    run = world.leases[number % len(world.leases)].run
    return tuple(lease for lease in world.leases if lease.run != run or lease.interval.end <= world.as_of)


def a_run_less(world: World, number: int) -> None:
    """Books and classes without a run are those of a world in which it has ended, and does not come again."""
    run = world.leases[number % len(world.leases)].run
    without, fresh = of(world, world.leases).without(run), of(world, stayed(world, number))
    assert without.books() == fresh.books()
    for instant in range(world.as_of, END):
        assert without.unfunded_at(Instant(instant)) == fresh.unfunded_at(Instant(instant))


def a_run_more(world: World, number: int) -> None:
    """Who is unfunded once a run begins is who would be, were it read with everybody else."""
    rest, new = parted(world, number)
    everything = (*rest, *new)
    for instant in range(world.as_of, END):
        classes = classes_at(world.catalog, everything, Instant(instant))
        expected = frozenset(everything[at] for at, kind in classes.items() if kind is FundingClass.UNFUNDED)
        assert of(world, rest).unfunded_at(Instant(instant), new) == expected
        assert of(world, rest).plus(new).unfunded_at(Instant(instant)) == expected
    assert of(world, rest).plus(new).books() == of(world, everything).books()


def nothing_unpaid(world: World, number: int) -> None:
    """What is to begin is paid throughout or not, as if all of it were the last that its tier had admitted."""
    rest, new = parted(world, number)
    everything = (*rest, *new)
    asked = {at: lease for at, lease in enumerate(everything) if lease.interval.start >= world.as_of}
    claims = [
        replace(claim, rank=(*claim.rank[:2], END + 1, claim.run)) if claim.index in asked else claim
        for claim in held_claims(world.catalog, everything)
    ]
    funded = dict.fromkeys(range(len(everything)), 0)
    for span in spans_of(claims, world.as_of, accounts=accounts_of(world.catalog)):
        funded[span.index] += span.interval.seconds
    short = any(lease.payer is not None and funded[at] < lease.interval.seconds for at, lease in asked.items())
    assert of(world, rest).leaves_unpaid(tuple(asked.values()), new) == short


def a_run_in_place_of_another(world: World, number: int) -> None:
    """What holds for a run less and a run more holds for both: also where it is the same run that comes again."""
    rest, (_, new) = stayed(world, number), parted(world, number)
    runs = sorted({lease.run for lease in world.leases})
    changed = of(world, world.leases).without(world.leases[number % len(world.leases)].run).plus(new)
    fresh = of(world, (*rest, *new))
    assert changed.books() == fresh.books()
    assert changed.without(runs[0]).books() == fresh.without(runs[0]).books()


def some_accounts(world: World, number: int) -> None:
    """The books of one account are those of all, cut down to it."""
    whole = of(world, world.leases).books()
    label = sorted(whole.usage, key=str)[number % len(whole.usage)]
    assert of(world, world.leases).books([label]).usage == {label: whole.usage[label]}


LAWS = (a_run_less, a_run_more, nothing_unpaid, a_run_in_place_of_another, some_accounts)


def probe(law: Law, examples: int) -> None:
    @settings(max_examples=examples, phases=(Phase.generate,), database=None, report_multiple_bugs=False)
    @given(ANY.filter(lambda world: bool(world.leases)), st.integers(0, 99))
    def look(world: World, number: int) -> None:
        law(world, number)

    look()


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law: Law) -> None:
    probe(law, 150)


def taken_away(self: Statement, run: Key) -> Statement:
    return replace(self, gone=self.gone.union(claim.index for claim in self.of_run[run]))


def forgotten(self: Statement, run: Key) -> Statement:
    gone = self.gone.union(claim.index for claim in self.of_run[run])
    return replace(self, gone=gone) if run not in self.doubtful else self._anew(gone, ())


CONTROLS = {
    "what a run used before it was requeued is forgotten": (a_run_less, "Statement.without", forgotten),
    "a run of which others are short is taken away without reading them anew": (
        a_run_less,
        "Statement.without",
        taken_away,
    ),
    "nobody is looked at who charges what a newcomer makes short": (
        a_run_more,
        "crowded",
        lambda *_, **__: frozenset(),
    ),
    "a newcomer is not looked at whose payer may not pay": (a_run_more, "doubtful_runs", lambda *_, **__: frozenset()),
}


@pytest.mark.parametrize("control", CONTROLS)
def test_a_guard_that_is_off_is_seen(control: str) -> None:
    law, guard, off = CONTROLS[control]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{statements.__name__}.{guard}", off)
        with pytest.raises(AssertionError):
            probe(law, 600)
