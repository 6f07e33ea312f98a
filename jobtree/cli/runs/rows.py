"""Runs as kubectl would list them: one row each, from the entries of a plan and the objects beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtree.base.moments import from_now, moment
from jobtree.cli.entries import Entry, paid_by, where
from jobtree.cli.runs.backend import View
from jobtree.cli.runs.facts import FINISHED, key_of, of_kind, plan_of
from jobtree.cli.runs.lookup import in_namespace

PHASES = {
    "start": "Starting",
    "reserve": "Reserved",
    "running": "Running",
    "refuse": "Refused",
    "finished": "Finished",
    "pending": "Pending",
}
COLUMNS = ("NAMESPACE", "NAME", "PHASE", "GPUS", "STARTS", "ENDS", "FUNDING")
WIDE = ("OWNER", "WHERE", "PAID BY", "WHY")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run's entry, and its object."""

    entry: Entry
    thing: Any

    @property
    def is_over(self) -> bool:
        """Whether nothing will change about it any more."""
        return self.entry["decision"] == "finished" or self.phase in FINISHED

    @property
    def phase(self) -> str:
        """What the cluster observed where that says more than the plan."""
        observed = (self.thing.get("status") or {}).get("phase")
        return str(observed) if observed in FINISHED else PHASES[self.entry["decision"]]

    @property
    def wanted(self) -> int:
        """GPUs that it wants."""
        spec = self.thing["spec"]
        desired = (spec.get("malleable") or {}).get("desiredTotalGPUs")
        return int(spec["resources"]["totalGPUs"] if desired is None else desired)

    def cells(self, as_of: str | None) -> tuple[str, ...]:
        """Cells of ``COLUMNS``; without an instant to count from, nothing in them passes with time alone."""
        namespace, _, name = self.entry["run"].partition("/")
        return (namespace, name, self.phase, self._gpus(), self._starts(as_of), self._ends(), self._funding())

    def wide_cells(self) -> tuple[str, ...]:
        """Cells of ``WIDE``."""
        place = where(self.entry) if all(group["domain"] for group in self.entry["groups"]) else ""
        return (self.entry["owner"], place, paid_by(self.entry), self.entry["reason"]["message"])

    def _gpus(self) -> str:
        """What it has, or will have, and what it wants: ``8/16``."""
        has, wants = self.entry["width"], self.wanted
        if has is None:
            return "-" if self.is_over else f"0/{wants}"
        return f"{has}/{wants}"

    def _starts(self, as_of: str | None) -> str:
        at = self.entry["at"]
        if at is None:
            return "never" if self.entry["decision"] == "refuse" else "-"
        if as_of is None:
            return moment(at)
        return "now" if at == as_of else f"{moment(at)} ({from_now(at, as_of)})"

    def _ends(self) -> str:
        end = self.entry["expectedEnd"]
        return moment(end) if end is not None else "-"

    def _funding(self) -> str:
        """The classes of who pays, with their GPUs where there are several."""
        gpus: dict[str, int] = {}
        for share in self.entry["payers"]:
            gpus[share["class"]] = gpus.get(share["class"], 0) + share["gpus"]
        return ", ".join(gpus if len(gpus) == 1 else (f"{kind} {count}" for kind, count in gpus.items())) or "-"

    def as_object(self) -> Mapping[str, object]:
        """The Run with its entry of the plan as ``status.plan``."""
        return {**self.thing, "status": {**(self.thing.get("status") or {}), "plan": self.entry}}


def rows_of(view: View, namespace: str | None) -> list[RunRow]:
    """All runs of a namespace, or of all for None, by key."""
    things = {key_of(thing): thing for thing in of_kind(view, "Run")}
    entries: Sequence[Entry] = in_namespace(plan_of(view)["runs"], namespace)
    return [RunRow(entry=entry, thing=things[entry["run"]]) for entry in entries]
