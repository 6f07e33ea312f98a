"""Pages of compiled examples, in memory: what the tests of the page look at."""

import json
from pathlib import Path
from typing import Any

from jobtree.base.chain import SUFFIX
from jobtree.base.instant import parse_instant
from jobtree.load.ledger import read_ledger
from jobtree.load.loader import load
from jobtree.load.source import Source
from jobtree.model.contention import Entropy
from jobtree.report.facts import Facts
from jobtree.report.page_data import PageData, data_object, page_data
from jobtree.report.plan_file import PlanFile, read_plan
from tests.laws.compiler import Story

EXAMPLES = Path(__file__).parents[3] / "examples"


def facts_of(folder: Path, plan: Any | None = None) -> Facts:
    """What a page of this fleet is made of; ``plan`` in place of the compiled one."""
    sources = [
        Source(path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*.yaml"))
        if "rendered" not in path.relative_to(folder).parts
    ]
    catalog = load(sources, admissions={}).catalog
    assert catalog is not None
    read = read_plan(json.loads((folder / "rendered" / "plan.json").read_text()) if plan is None else plan)
    assert isinstance(read, PlanFile), read
    months = [Source(path.name, path.read_bytes()) for path in sorted((folder / "ledger").glob(f"*{SUFFIX}"))]
    return Facts(plan=read, catalog=catalog, past=read_ledger(months)[0].closed, version="1.2.3")


class Page:
    """The data of a page with its texts in place."""

    def __init__(self, data: PageData) -> None:
        self.data = data
        self.object: Any = json.loads(json.dumps(data_object(data)))

    def text(self, number: int) -> str:
        return self.data.texts[number] if number >= 0 else ""

    def rows(self, table: str) -> list[dict[str, Any]]:
        columns = self.object["tables"][table]
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def page_of(folder: Path, plan: Any | None = None) -> Page:
    return Page(page_data(facts_of(folder, plan)))


def contended_facts() -> Facts:
    """``examples/contention/budget-cut`` at noon: leases are over, some were cut, and a lottery was held."""
    story, place = Story(), EXAMPLES / "contention" / "budget-cut"
    files = _files(place / "fleet")
    for step, clock, entropy in _STEPS:
        files |= _files(place / "steps" / step) if step else {}
        as_of = parse_instant(f"2026-03-02T{clock}:00Z")
        result = story.compile(files, as_of, entropy=Entropy(text=entropy) if entropy else None)
        assert result.tree is not None, result.diagnostics
    assert result.catalog is not None
    plan = read_plan(json.loads(story.tree["plan.json"]))
    assert isinstance(plan, PlanFile)
    months = [Source(name, data) for name, data in story.ledger.items()]
    return Facts(plan=plan, catalog=result.catalog, past=read_ledger(months)[0].closed)


_STEPS = (
    ("", "09:00", ""),
    ("01-cut-and-claim", "11:00", ""),
    ("", "11:15", "0a11ce"),
    ("02-second-claim", "11:45", ""),
    ("", "12:00", "5eed"),
)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}
