"""Small integer programs for the tests of solvers."""

from itertools import product
from random import Random

from hypothesis import strategies as st

from jobtree.milp.problem import Column, Problem, Relation, Row, evaluate
from jobtree.milp.solver import Limits

LIMITS = Limits(nodes=1000)
ONE: Problem[str] = Problem(columns=(Column(),), rows=(), objective=((0, 1),))


@st.composite
def problems(draw: st.DrawFn) -> Problem[str]:
    count = draw(st.integers(1, 5))
    coefficient = st.integers(-6, 6).filter(bool)

    def terms() -> tuple[tuple[int, int], ...]:
        chosen = sorted(draw(st.sets(st.integers(0, count - 1), min_size=1)))
        return tuple((column, draw(coefficient)) for column in chosen)

    rows = tuple(
        Row(label=f"row{i}", terms=terms(), relation=draw(st.sampled_from(Relation)), limit=draw(st.integers(-5, 8)))
        for i in range(draw(st.integers(0, 3)))
    )
    columns = tuple(Column(lower=draw(st.integers(-1, 0)), upper=draw(st.integers(1, 2))) for _ in range(count))
    return Problem(columns=columns, rows=rows, objective=terms())


@st.composite
def shares(draw: st.DrawFn) -> Problem[str]:
    """Pods of a few claims to be shared out over payers with so much to spend, as cheaply as can be."""
    claims = [(draw(st.integers(1, 8)), draw(st.integers(1, 90))) for _ in range(draw(st.integers(1, 3)))]
    width = draw(st.integers(2, 3))
    number = {(claim, payer): claim * width + payer for claim in range(len(claims)) for payer in range(width)}
    rows: list[Row[str]] = []
    for claim, (pods, _) in enumerate(claims):
        terms = tuple((number[claim, payer], 1) for payer in range(width))
        rows.append(Row(label=f"claim{claim}", terms=terms, relation=Relation.EQUAL, limit=pods))
    for payer in range(width):
        terms = tuple((number[claim, payer], each) for claim, (_, each) in enumerate(claims))
        rows.append(Row(label=f"payer{payer}", terms=terms, relation=Relation.AT_MOST, limit=draw(st.integers(0, 700))))
    costs = ((number[claim, payer], each) for claim, (_, each) in enumerate(claims) for payer in range(1, width))
    columns = tuple(Column(upper=pods) for pods, _ in claims for _ in range(width))
    return Problem(columns=columns, rows=tuple(rows), objective=tuple(costs))


def falsely_best() -> Problem[str]:
    """What CBC's integer preprocessing gets wrong (its issue 293): 78 with it, and 58 is possible."""
    rows = (
        Row(label="a", terms=((0, 1), (1, 1), (2, 1)), relation=Relation.EQUAL, limit=4),
        Row(label="b", terms=((3, 1), (4, 1), (5, 1)), relation=Relation.EQUAL, limit=8),
        Row(label="first", terms=((0, 78), (3, 29)), relation=Relation.AT_MOST, limit=497),
        Row(label="second", terms=((1, 78), (5, 29)), relation=Relation.AT_MOST, limit=17),
        Row(label="third", terms=((2, 78),), relation=Relation.AT_MOST, limit=155),
    )
    costs = ((1, 78), (2, 78), (4, 29), (5, 29))
    return Problem(columns=(*(Column(upper=4),) * 3, *(Column(upper=8),) * 3), rows=rows, objective=costs)


def least(problem: Problem[str]) -> int | None:
    """The least objective of all feasible points; None if there is none. O(points)."""
    points = product(*(range(column.lower, column.upper + 1) for column in problem.columns))
    return min((evaluate(problem.objective, point) for point in points if not problem.faults(point)), default=None)


def odd(size: int) -> Problem[str]:
    """Even weights under an odd limit: no point, though many fractional ones."""
    terms = tuple((index, 2) for index in range(size))
    row = Row(label="odd", terms=terms, relation=Relation.EQUAL, limit=size // 2 * 2 + 1)
    return Problem(columns=(Column(),) * size, rows=(row,), objective=terms)


def knapsack(size: int) -> Problem[str]:
    """The most worth within half of the weight."""
    dice = Random(size)
    weights = tuple((index, dice.randint(10, 60)) for index in range(size))
    worth = tuple((index, -dice.randint(10, 60)) for index in range(size))
    half = sum(weight for _, weight in weights) // 2
    row = Row(label="weight", terms=weights, relation=Relation.AT_MOST, limit=half)
    return Problem(columns=(Column(),) * size, rows=(row,), objective=worth)


def market_split(size: int, splits: int) -> Problem[str]:
    """Numbers to be halved in several ways at once, with as little left over as possible: hard for any tree search."""
    dice = Random(1)
    rows = []
    for split in range(splits):
        shares = tuple((index, dice.randint(1, 100)) for index in range(size))
        over, under = size + 2 * split, size + 2 * split + 1
        half = sum(share for _, share in shares) // 2
        terms = (*shares, (over, 1), (under, -1))
        rows.append(Row(label=f"split{split}", terms=terms, relation=Relation.EQUAL, limit=half))
    columns = (Column(),) * size + (Column(upper=100 * size),) * (2 * splits)
    return Problem(columns=columns, rows=tuple(rows), objective=tuple((size + index, 1) for index in range(2 * splits)))
