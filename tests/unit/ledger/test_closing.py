from dataclasses import replace

import pytest

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Window
from jobtree.ledger.closing import closing_windows
from jobtree.model.budget import AutoRenew, Budget, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Fleet
from jobtree.model.selector import Selector

DAY = 86_400
END = Instant(30 * DAY)


def envelope(name: str, window: Window, *, flavor: str = "H100") -> Envelope:
    return Envelope(
        key=EnvelopeKey("a", "b", name), owner=Owner("org:a"), flavor=flavor, selector=Selector((("region", "west"),)),
        concurrency=8, window=window,
    )  # fmt: skip


def catalog(*envelopes: Envelope, renewal: AutoRenew | None) -> Catalog:
    budget = Budget(key=Key("a", "b"), owner=Owner("org:a"), envelopes=envelopes, auto_renew=renewal)
    return Catalog(fleet=Fleet(name="f"), nodes=(), budgets=(budget,), runs=())


MARCH = envelope("march", Window(Instant(0), END))
ASKED = AutoRenew(period=30 * DAY, notify_before=3 * DAY)


@pytest.mark.parametrize(
    ("days", "told"), [(26, False), (27, True), (29, True), (30, False), (31, False)], ids=lambda value: str(value)
)
def test_a_window_is_announced_from_notify_before_until_it_closes(days: int, told: bool) -> None:
    found = closing_windows(catalog(MARCH, renewal=ASKED), as_of=Instant(days * DAY))
    assert [finding.code for finding in found] == (["JT413"] if told else [])


def test_it_names_the_next_window() -> None:
    (finding,) = closing_windows(catalog(MARCH, renewal=ASKED), as_of=Instant(28 * DAY))
    assert finding.message == "the window of a/b/march closes in 2d"
    assert finding.help == "add an envelope from 1970-01-31T00:00:00Z to 1970-03-02T00:00:00Z, or let the window close"


def test_nobody_is_told_who_did_not_ask_or_has_a_successor() -> None:
    now = Instant(29 * DAY)
    assert closing_windows(catalog(MARCH, renewal=None), as_of=now) == ()
    successor = envelope("april", Window(END, None))
    assert closing_windows(catalog(MARCH, successor, renewal=ASKED), as_of=now) == ()
    late = replace(successor, window=Window(Instant(END + 1), None))
    assert len(closing_windows(catalog(MARCH, late, renewal=ASKED), as_of=now)) == 1
    other = envelope("b200", Window(END, None), flavor="B200")
    assert len(closing_windows(catalog(MARCH, other, renewal=ASKED), as_of=now)) == 1
