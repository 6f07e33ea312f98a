"""One run's decision on one screen: what, why in numbers, where, who pays, and what the plan is worth."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text

from jobtree.base.moments import from_now, gpu_hours, moment, span
from jobtree.base.plain import plain
from jobtree.cli.contention import draws, losses, remedies
from jobtree.cli.entries import Entry, gpus, shorten
from jobtree.cli.summary import worth
from jobtree.cli.terminal import Column, table

_GROUPS = 12
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_WORDS = {
    "start": ("starts now", "green"),
    "reserve": ("starts later", "yellow"),
    "running": ("is running", "green"),
    "refuse": ("is refused", "red"),
    "finished": ("has finished", "dim"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """``run`` is an entry of ``plan``, which is plan.json."""

    plan: Entry
    run: Entry

    def parts(self) -> Iterator[RenderableType]:
        """Sections with nothing to say are left out."""
        yield self._headline()
        yield from self._when()
        yield from self._why()
        yield from self._where()
        yield from self._payers()
        yield from self._forecast()
        yield from draws(self.plan, self.run["run"])
        yield from losses(self.plan, self.run["run"])
        yield from self._proof()

    def _headline(self) -> Text:
        words, style = _WORDS[self.run["decision"]]
        return Text.assemble((plain(self.run["run"]), "bold"), " ", (words, f"bold {style}"))

    def _when(self) -> Iterator[RenderableType]:
        as_of = self.plan["asOf"]
        rows = [["owner", self.run["owner"]], ["plan as of", f"{moment(as_of)} UTC"]]
        if self.run["width"] is not None:
            begin, end = self.run["at"], self.run["expectedEnd"]
            rows.append(["start", f"{moment(begin)} UTC, {from_now(begin, as_of)}"])
            rows.append(["expected end", f"{moment(end)} UTC, {from_now(end, as_of)}"])
            rows.append(["GPUs", f"{gpus(self.run)}{' spare' if '+' in gpus(self.run) else ''}"])
        yield table([Column("", style="dim"), Column("")], rows)

    def _why(self) -> Iterator[RenderableType]:
        reason = self.run["reason"]
        yield ""
        yield Text.assemble(("Why  ", "bold cyan"), (f"{plain(reason['code'])} ", "dim"), plain(reason["message"]))
        rows = [[name, _fact(name, value)] for name, value in reason["facts"].items()]
        if rows:
            yield table([Column("", style="dim"), Column("")], rows)

    def _where(self) -> Iterator[RenderableType]:
        rows = [_group_row(group) for group in self.run["groups"]]
        if not rows:
            return
        yield ""
        yield Text("Where", style="bold cyan")
        columns = [
            Column("GROUP", number=True),
            Column("DOMAIN", style="bold"),
            Column("GPUS", number=True),
            Column("SPARE", number=True),
            Column("NODES"),
        ]
        yield table(columns, rows[:_GROUPS])
        if len(rows) > _GROUPS:
            yield Text(f"  ... and {len(rows) - _GROUPS:,} more groups, in plan.json", style="dim")

    def _payers(self) -> Iterator[RenderableType]:
        if not self.run["payers"]:
            return
        rows = [
            [share["envelope"] or "nobody", share["owner"] or "", f"{share['gpus']:,}", share["class"]]
            for share in self.run["payers"]
        ]
        yield ""
        yield Text("Who pays", style="bold cyan")
        columns = [Column("ENVELOPE", style="bold"), Column("OWNER"), Column("GPUS", number=True), Column("CLASS")]
        yield table(columns, rows)

    def _forecast(self) -> Iterator[RenderableType]:
        forecast = self.run["forecast"]
        if forecast is None:
            return
        natural = forecast["naturalStart"]
        yield ""
        yield Text.assemble(
            ("Forecast  ", "bold cyan"),
            f"natural start {moment(natural)} UTC, {from_now(natural, self.plan['asOf'])}; ",
            plain(forecast["confidence"]),
        )
        rows = [["/".join(item["domain"].values()), f"{item['gpus']:,}"] for item in forecast["deficit"]]
        if rows:
            yield table([Column("DOMAIN", style="bold"), Column("GPUS MISSING NOW", number=True)], rows)
        yield from remedies(forecast)

    def _proof(self) -> Iterator[RenderableType]:
        yield ""
        yield Text.assemble(("The plan  ", "bold cyan"), worth(self.plan["proof"]))


def _group_row(group: Entry) -> list[str]:
    sizes = {"Active": 0, "Spare": 0, "Opportunistic": 0}
    for pod in group["pods"]:
        sizes[pod["role"]] += len(pod["slots"])
    nodes = list(dict.fromkeys(pod["node"] for pod in group["pods"]))
    return [
        str(group["index"]),
        "/".join(group["domain"].values()),
        f"{sizes['Active'] + sizes['Opportunistic']:,}",
        f"{sizes['Spare']:,}" if sizes["Spare"] else "",
        " ".join(shorten(nodes, most=6)),
    ]


def _fact(name: str, value: object) -> str:
    """A number with its unit in words where the name tells the unit."""
    low = name.lower()
    match value:
        case bool() | None:
            return {True: "yes", False: "no", None: "-"}[value]
        case int() if low.endswith("gpuseconds"):
            return f"{gpu_hours(value)} GPU-hours"
        case int() if low.endswith("seconds"):
            return span(value)
        case int():
            return f"{value:,}"
        case list():
            return ", ".join(_fact("", item) for item in value) or "-"
        case str() if _INSTANT.fullmatch(value):
            return f"{moment(value)} UTC"
        case _:
            return str(value)
