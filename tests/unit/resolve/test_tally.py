from jobtree.resolve.tally import Tally, raised
from tests.unit.resolve.contests import HERE, gpus, need, unit


def test_a_pod_is_whole_and_on_one_node() -> None:
    units = [unit("a/x", {"n0": 4}), unit("a/y", {"n1": 4}), unit("a/z", {"n1": 4})]
    tally = Tally([need(1, {"n0": 0, "n1": 0})], units)
    tally.add(0)
    tally.add(1)
    assert not tally.met
    tally.add(2)
    assert tally.met
    tally.remove(1)
    assert not tally.met


def test_what_is_promised_twice_is_freed_first() -> None:
    tally = Tally([need(1, {"n0": -8})], [unit("a/x", {"n0": 8}), unit("b/x", {"n0": 8})])
    tally.add(0)
    assert not tally.met
    tally.add(1)
    assert tally.met


def test_a_negative_node_takes_nothing_from_others() -> None:
    assert Tally([need(1, {"n0": -100, "n1": 8})], []).met


def test_every_need_counts() -> None:
    needs = [need(1, {"n0": 0}), need(2, {"n0": 0, "n1": 4}, 4)]
    tally = Tally(needs, [unit("a/x", {"n0": 4}), unit("b/x", {"n0": 4})])
    tally.add(0)
    assert not tally.met
    tally.add(1)
    assert tally.met
    tally.clear()
    assert not tally.met


def test_no_needs_are_met() -> None:
    assert Tally([], []).met


def test_raised_adds_up_what_cuts_free() -> None:
    one = need(2, {"n0": -1, "n1": 3})
    cut = [unit("a/x", {"n0": 2, "elsewhere": 8}), unit("a/y", {"n0": 1})]
    assert raised([one], cut) == (need(2, {"n0": 2, "n1": 3}, domain=HERE),)
    assert raised([one], []) == (one,)
    assert raised([one], cut)[0].free == gpus({"n0": 2, "n1": 3})
