"""Who makes room for whom, in words: cuts that were made, and those that a reservation may come to (semantics.md 8)."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from jobtree.base.moments import from_now, moment
from jobtree.base.plain import plain
from jobtree.cli.entries import Entry
from jobtree.cli.terminal import Column, table

KINDS = {"ReclaimUnfunded": "unfunded work", "DropSpare": "spares", "Shrink": "width", "Lottery": "funded work"}
_LOTTERIES = {"ReclaimUnfunded": "among unfunded work", "Lottery": "among funded runs"}
_RUN, _GPUS = Column("RUN", style="bold"), Column("GPUS", number=True)
_ODDS = Column("ODDS", number=True, style="yellow")


def cut_columns() -> Sequence[Column]:
    """Columns of ``cut_rows``."""
    return [Column("UNIT", style="bold"), Column("YIELDS", style="red"), _GPUS, Column("FOR"), Column("HOW")]


def cut_rows(plan: Entry) -> list[Sequence[str]]:
    """The cuts of this plan, in their order."""
    drawn = {(lottery["for"], lottery["kind"]): lottery for lottery in plan["lottery"]}
    return [
        [
            cut["unit"],
            KINDS[cut["kind"]],
            f"{cut['gpus']:,}",
            cut["for"],
            _how(cut, drawn.get((cut["for"], cut["kind"]))),
        ]
        for cut in plan["cuts"]
    ]


def _how(cut: Entry, lottery: Entry | None) -> str:
    """By rule, or by a draw where one was held."""
    if cut["kind"] not in _LOTTERIES or lottery is None:
        return "by rule"
    number = len(lottery["candidates"])
    return f"drawn among {number:,}" if number > 1 else "the only candidate"


def threat_columns() -> Sequence[Column]:
    """Columns of ``threat_rows``."""
    return [_RUN, Column("MAY YIELD", style="red"), _GPUS, Column("TO"), Column("AT"), _ODDS]


def threat_rows(plan: Entry, *, run: str | None = None) -> list[Sequence[str]]:
    """Who may lose something to reservations that stand, soonest first; all, or one run alone."""
    claims = sorted((one for one in plan["runs"] if one["forecast"]), key=lambda one: (one["at"], one["run"]))
    return [
        [
            remedy["run"],
            KINDS[remedy["kind"]],
            f"{remedy['gpus']:,}",
            claim["run"],
            f"{moment(claim['at'])}, {from_now(claim['at'], plan['asOf'])}",
            odds(claim["forecast"], remedy),
        ]
        for claim in claims
        for remedy in claim["forecast"]["remedies"]
        if run in (None, remedy["run"])
    ]


def odds(forecast: Entry, remedy: Entry) -> str:
    """How likely it is: a fraction, a sampled figure with its error, ``certain``; ``first`` goes before any lottery."""
    if remedy["kind"] not in _LOTTERIES:
        return "first" if forecast["lottery"] else "certain"
    known = forecast["cutProbability"].get(remedy["run"])
    if known is None or known["p"] == "1":
        return "certain"
    return known["p"] if known["error"] is None else f"{known['p']} ± {known['error']}"


def remedies(forecast: Entry) -> Iterator[RenderableType]:
    """What makes room for one reservation, and what a lottery for it is bound to."""
    rows = [[one["run"], KINDS[one["kind"]], f"{one['gpus']:,}", odds(forecast, one)] for one in forecast["remedies"]]
    if rows:
        yield table([_RUN, Column("MAY YIELD", style="red"), _GPUS, _ODDS], rows)
    lottery = forecast["lottery"]
    if lottery:
        yield Text(f"  {len(lottery['candidates']):,} candidates published as {plain(lottery['digest'])}", style="dim")


def draws(plan: Entry, run: str) -> Iterator[RenderableType]:
    """The lotteries that a run was the claim of: candidates, seed, who was drawn, and how to replay them."""
    for lottery in plan["lottery"]:
        if lottery["for"] != run:
            continue
        yield ""
        yield Text.assemble(
            ("Lottery  ", "bold cyan"),
            f"{_LOTTERIES[lottery['kind']]}; replay it with ",
            ("jobtree verify --lottery", "bold"),
        )
        back = f", of which {', '.join(lottery['returned'])} went free" if lottery["returned"] else ""
        rows = [
            ["candidates", ", ".join(unit["unit"] for unit in lottery["candidates"])],
            ["drawn", ", ".join(lottery["draws"]) + back],
            ["entropy", lottery["entropy"]],
            ["seed", lottery["seed"]],
        ]
        yield table([Column("", style="dim"), Column("")], rows)


def losses(plan: Entry, run: str) -> Iterator[RenderableType]:
    """What a run lost in this plan, and what it may yet lose."""
    lost = [row for row, cut in zip(cut_rows(plan), plan["cuts"], strict=True) if run in cut["runs"]]
    if lost:
        yield ""
        yield Text("Cut in this plan", style="bold cyan")
        yield table(cut_columns(), lost)
    feared = threat_rows(plan, run=run)
    if feared:
        yield ""
        yield Text("May be cut", style="bold cyan")
        yield table(threat_columns(), feared)
