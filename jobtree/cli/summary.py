"""The summary of a compile: what starts now, what starts when and why, who pays, how full the fleet is."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from rich.console import Console, RenderableType
from rich.text import Text

from jobtree.base.codes import TITLES
from jobtree.base.moments import from_now, gpu_hours, moment, percent, span
from jobtree.base.plain import plain
from jobtree.base.words import count, gap_percent
from jobtree.cli.contention import cut_columns, cut_rows, threat_columns, threat_rows
from jobtree.cli.entries import Entry, gpus, paid_by, used_by_domain, where
from jobtree.cli.terminal import Column, bar, show, table
from jobtree.model.catalog import Catalog

ROWS = 12
_RUN, _GPUS = Column("RUN", style="bold"), Column("GPUS", number=True)
_WHERE, _PAID = Column("WHERE"), Column("PAID BY")
_WORDS = {
    "start": "start now",
    "reserve": "start later",
    "running": "running",
    "refuse": "refused",
    "finished": "finished",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """``plan`` is plan.json; ``capacity`` GPUs by (region, cluster, fabric); ``rows`` cuts lists, None does not."""

    plan: Entry
    capacity: Mapping[tuple[str, str, str], int]
    rows: int | None = ROWS

    def print(self, console: Console) -> None:
        """Sections with nothing to say are left out."""
        for part in self.parts():
            show(console, part)

    def parts(self) -> Iterator[RenderableType]:
        """Headline, decisions, who yields, fleet, budgets, quality."""
        yield self._headline()
        yield from self._starts()
        yield from self._cuts()
        yield from self._reservations()
        yield from self._threats()
        yield from self._running()
        yield from self._refusals()
        yield from self._fleet()
        yield from self._budgets()
        yield ""
        yield self._quality()

    def _decided(self, decision: str) -> list[Entry]:
        return [run for run in self.plan["runs"] if run["decision"] == decision]

    def _reasons(self, decision: str) -> str:
        """How many for which reason, where there is more than one."""
        counts = Counter(run["reason"]["code"] for run in self._decided(decision))
        if len(counts) < 2:
            return ""
        return ": " + ", ".join(f"{number:,} {TITLES.get(code, code)}" for code, number in sorted(counts.items()))

    def _headline(self) -> Text:
        counts = [(len(self._decided(decision)), words) for decision, words in _WORDS.items()]
        said = ", ".join(f"{number:,} {words}" for number, words in counts if number)
        return Text(said or "There are no runs.", style="bold")

    def _section(
        self, title: str, columns: Sequence[Column], rows: Sequence[Sequence[str | Text]]
    ) -> Iterator[RenderableType]:
        if not rows:
            return
        yield ""
        yield Text(title, style="bold cyan")
        yield table(columns, islice(rows, self.rows))
        if self.rows is not None and len(rows) > self.rows:
            more = f"  ... and {len(rows) - self.rows:,} more: `jobtree compile --all` lists all"
            yield Text(more, style="dim")

    def _starts(self) -> Iterator[RenderableType]:
        rows = [
            [run["run"], gpus(run), where(run), moment(run["expectedEnd"]), paid_by(run)]
            for run in sorted(self._decided("start"), key=lambda run: (-run["width"], run["run"]))
        ]
        yield from self._section(f"Starting now ({len(rows):,})", [_RUN, _GPUS, _WHERE, Column("UNTIL"), _PAID], rows)

    def _cuts(self) -> Iterator[RenderableType]:
        rows = cut_rows(self.plan)
        yield from self._section(f"Made room ({len(rows):,})", cut_columns(), rows)

    def _threats(self) -> Iterator[RenderableType]:
        rows = threat_rows(self.plan)
        yield from self._section(f"May have to make room ({len(rows):,})", threat_columns(), rows)

    def _reservations(self) -> Iterator[RenderableType]:
        as_of = self.plan["asOf"]
        rows = [
            [run["run"], gpus(run), from_now(run["at"], as_of), moment(run["at"]), where(run), run["reason"]["message"]]
            for run in sorted(self._decided("reserve"), key=lambda run: (run["at"], run["run"]))
        ]
        columns = [_RUN, _GPUS, Column("STARTS", number=True, style="yellow"), Column("AT"), _WHERE, Column("WHY")]
        yield from self._section(f"Starting later ({len(rows):,}){self._reasons('reserve')}", columns, rows)

    def _running(self) -> Iterator[RenderableType]:
        as_of = self.plan["asOf"]
        rows = [
            [run["run"], gpus(run), where(run), from_now(run["expectedEnd"], as_of), paid_by(run)]
            for run in sorted(self._decided("running"), key=lambda run: (run["expectedEnd"], run["run"]))
        ]
        yield from self._section(
            f"Running ({len(rows):,})", [_RUN, _GPUS, _WHERE, Column("ENDS", number=True), _PAID], rows
        )

    def _refusals(self) -> Iterator[RenderableType]:
        rows = [[run["run"], run["reason"]["code"], run["reason"]["message"]] for run in self._decided("refuse")]
        title = f"Refused ({len(rows):,}){self._reasons('refuse')}"
        yield from self._section(title, [_RUN, Column("CODE", style="red"), Column("WHY")], rows)

    def _fleet(self) -> Iterator[RenderableType]:
        used = used_by_domain(self.plan["runs"])
        total, busy = sum(self.capacity.values()), sum(used.values())
        rows = [_domain_row(domain, used.get(domain, 0), size) for domain, size in sorted(self.capacity.items())]
        title = f"Fleet: {busy:,} of {total:,} GPUs in use, {percent(busy, total)}"
        columns = [Column("DOMAIN", style="bold"), Column(""), Column("IN USE", number=True), Column("", number=True)]
        yield from self._section(title, columns, rows)

    def _budgets(self) -> Iterator[RenderableType]:
        busy = [entry for entry in self.plan["envelopes"] if _held(entry) or entry["gpuSeconds"]["planned"]]
        columns = [
            Column("ENVELOPE", style="bold"),
            Column(""),
            Column("GPUS NOW", number=True),
            Column("LENT AND SHARED", number=True),
            Column("GPU-HOURS SPENT", number=True),
            Column("PLANNED", number=True),
            Column("CAP", number=True),
        ]
        yield from self._section("Who pays", columns, [_envelope_row(entry) for entry in busy])
        idle = len(self.plan["envelopes"]) - len(busy)
        if idle and busy:
            yield Text(f"  {idle:,} more pay nothing", style="dim")

    def _quality(self) -> Text:
        waits = [run["waitSeconds"] for run in self.plan["runs"] if run["waitSeconds"] is not None]
        mean = f"; mean wait {span(sum(waits) // len(waits))}, longest {span(max(waits))}" if waits else ""
        proof = self.plan["proof"]
        solver = f"{proof['solver']['name']} {proof['solver']['version']}"
        kept = proof["solver"]["limits"].get("kept", 0)
        alone = f"; {kept:,} of {count(len(self.plan['runs']), 'run')} left as they were" if kept else ""
        return Text.assemble(
            ("Plan: ", "bold"), worth(proof), plain(mean), plain(alone), (plain(f" ({solver})"), "dim")
        )


def capacity_of(catalog: Catalog | None) -> Mapping[tuple[str, str, str], int]:
    """GPUs of each domain, nodes that take no new pods included."""
    capacity: dict[tuple[str, str, str], int] = {}
    for node in catalog.nodes if catalog else ():
        key = (node.domain.region, node.domain.cluster, node.domain.fabric)
        capacity[key] = capacity.get(key, 0) + node.gpus
    return capacity


def _domain_row(domain: tuple[str, str, str], used: int, size: int) -> list[str | Text]:
    return ["/".join(domain), bar(used / size), f"{used:,} of {size:,}", percent(used, size)]


def _held(entry: Entry) -> int:
    return sum(count for name, count in entry["used"].items() if name != "Spare")


def _envelope_row(entry: Entry) -> list[str | Text]:
    held, cap = _held(entry), entry["gpuSeconds"]["cap"]
    away = entry["used"]["Shared"] + entry["used"]["Borrowed"]
    return [
        entry["envelope"],
        bar(held / entry["concurrency"], cells=10),
        f"{held:,} of {entry['concurrency']:,}",
        f"{away:,}" if away else "",
        gpu_hours(entry["gpuSeconds"]["spent"]),
        gpu_hours(entry["gpuSeconds"]["planned"]),
        "none" if cap is None else gpu_hours(cap),
    ]


def worth(proof: Entry) -> Text:
    """How good the plan is known to be, by its wait level."""
    wait = next((level for level in proof["levels"] if level["name"] == "wait" and level["bound"] is not None), None)
    if proof["status"] == "proven":
        return Text("proven: no plan makes these runs wait less", style="green")
    if wait is None:
        return Text("valid, without a bound on its wait", style="yellow")
    gap = gap_percent(wait["value"], wait["bound"])
    return Text(f"valid; its weighted wait is within {gap} of the bound", style="yellow")
