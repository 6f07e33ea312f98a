"""What the guide is for: budgets and islands that no order of a fixed list sees."""

from itertools import product

import numpy as np

from jobtree.model.catalog import Catalog
from jobtree.plan.draws import Draws
from jobtree.plan.piece import Payer, Piece
from jobtree.plan.promise import keep_promises
from jobtree.plan.sketch import Sketch
from tests.laws.test_price_laws import parts
from tests.unit.plan.fleets import HOUR, budget, catalog, nodes, run


def sketch_of(fleet: Catalog) -> Sketch:
    ((part, _),) = parts(fleet)
    return Sketch(part, keep_promises(part))


def test_a_sketch_counts_groups_by_island_and_not_only_gpus() -> None:
    machines = [*nodes(3, gpus=4, fabric="a"), *nodes(3, gpus=4, fabric="b")]
    whole = run("r", 16, 1, gpus_per_pod=4, group_gpus=8)
    sketch = sketch_of(catalog(machines, [budget("t", 24)], [whole, run("s", 16, 1, gpus_per_pod=4, group_gpus=8)]))
    assert [(piece.size, piece.groups) for piece in sketch.pieces] == [(8, 2), (8, 2)]
    for at in range(2):
        sketch.insert(at)
    first, second = sketch.berths
    assert first is not None
    assert second is not None
    assert second.start > first.start  # 8 GPUs are left, but no island holds 8 of them


def test_a_sketch_pays_in_whole_pods_and_not_beyond_the_budget() -> None:
    fleet = catalog(
        nodes(4, gpus=4), [budget("t", 8)], [run("a", 4, 1, gpus_per_pod=4), run("b", 8, 1, gpus_per_pod=4)]
    )
    sketch = sketch_of(fleet)
    assert {piece.pod for piece in sketch.pieces} == {4}
    for at in range(2):
        sketch.insert(at)
    starts = [berth.start for berth in sketch.berths if berth is not None]
    assert len(starts) == 2
    assert len(set(starts)) == 2  # 12 GPUs on a budget of 8


def test_what_is_taken_out_is_all_given_back() -> None:
    sketch = sketch_of(catalog(nodes(2), [budget("t", 16)], [run(f"r{number}", 8, 2) for number in range(5)]))
    before = sketch.free.copy()
    for at in range(5):
        sketch.insert(at)
    assert (sketch.free != before).any()
    for at in range(5):
        sketch.remove(at)
    assert (sketch.free == before).all()


def test_draws_depend_on_names_alone_and_are_spread() -> None:
    one, two, other = Draws(["a", "b"]), Draws(["a", "b"]), Draws(["a", "c"])
    words = [one.word() for _ in range(9)]
    assert words == [two.word() for _ in range(9)]
    assert words != [other.word() for _ in range(9)]
    seen = {(Draws([str(seed)]).between(3, 5), int(Draws([str(seed)]).many_below(4, 3)[1])) for seed in range(200)}
    assert seen == set(product(range(3, 6), range(4)))


def test_a_piece_counts_all_its_gpus() -> None:
    payer = Payer(rows=(), opens=0, closes=9)
    piece = Piece(
        size=10, groups=3, charged=26, pod=2, ticks=1, weight=HOUR, first=0, last=9, places=((0,),), payers=(payer,),
        upstreams=(), accounts=np.full((1, 1), -1), opens=None,
    )  # fmt: skip
    assert piece.gpus == 30
