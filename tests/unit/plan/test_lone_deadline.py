"""A run by itself keeps its deadline, paid for or not (semantics.md 7)."""

from dataclasses import replace

from jobtree.base.instant import Instant, parse_instant
from jobtree.cover.cover import cover_all
from jobtree.ledger.books import open_books
from jobtree.load.loader import load
from jobtree.load.source import Source
from jobtree.model.history import History
from jobtree.plan.lone import Lone, lone, suitable_sites
from tests.worlds import NOW, crowd

AT = parse_instant(NOW)


def prepared(seconds_left: int) -> Lone:
    """A run of three hours whose deadline comes in so many seconds; everything is free."""
    sources = [Source(path, data) for path, data in crowd([(2, 2, 3)]).sources().items()]
    catalog = load(sources, admissions={}).catalog
    assert catalog is not None
    run = replace(catalog.runs[0], deadline=Instant(AT + seconds_left))
    run = replace(run, funding=replace(run.funding, allow_opportunistic=True))
    catalog = replace(catalog, runs=(run,))
    books = open_books(catalog, History(), as_of=AT)
    coverage = cover_all(catalog, as_of=AT)[run.key]
    return lone(catalog, run, coverage, sites=suitable_sites(catalog, run), books=books, as_of=AT)


def test_nothing_is_seated_that_would_end_after_its_deadline() -> None:
    for seconds, fits in ((3 * 3_600, True), (3 * 3_600 - 1, False)):
        one = prepared(seconds)
        free = [node.gpus for node in one.nodes]
        found = (one.seat(AT, free), one.seat_widest(AT, free), one.seat_unpaid(AT, free))
        assert [seating is not None for seating in found] == [fits] * 3
        assert one.pays(AT) is fits
