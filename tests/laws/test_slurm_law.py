"""Whatever Slurm prints: what comes of it passes the check or is refused, and no GPU of quota is invented."""

import random
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree import pipeline
from jobtree.adapters.cbc import Cbc
from jobtree.base.instant import Instant, parse_instant
from jobtree.base.progress import Silent
from jobtree.emit.yaml_writer import write_documents
from jobtree.load.source import Source
from jobtree.migrate.migration import Migration
from jobtree.migrate.slurm import limits
from jobtree.migrate.slurm.convert import migrate_slurm
from jobtree.migrate.slurm.site import Settings
from jobtree.pipeline import compile_fleet
from jobtree.request import CompileRequest
from tests.slurm_worlds import Account, World, worlds
from tests.unit.migrate.slurm.recorded import recorded

NOW = parse_instant("2026-03-02T09:00:00Z")
SETTINGS = Settings(now=NOW, until=Instant(NOW + 365 * 86_400))


def tree(migration: Migration) -> dict[str, bytes]:
    return {path: write_documents(documents) for path, documents in migration.files.items()}


@settings(deadline=None, max_examples=150)
@given(worlds())
def test_a_sound_tree_becomes_a_repository_that_passes(world: World) -> None:
    migration, findings = migrate_slurm(world.texts, SETTINGS)
    assert migration is not None, findings
    sources = [Source(path, data) for path, data in tree(migration).items()]
    checked = pipeline.check(CompileRequest(sources=sources, as_of=NOW))
    errors = [finding for finding in checked.diagnostics if finding.severity == "error"]
    assert errors == []


@settings(deadline=None, max_examples=20)
@given(worlds())
def test_an_import_compiles(world: World) -> None:
    migration, _ = migrate_slurm(world.texts, SETTINGS)
    assert migration is not None
    sources = [Source(path, data) for path, data in tree(migration).items()]
    compiled = compile_fleet(CompileRequest(sources=sources, as_of=NOW), Cbc(), Silent())
    assert compiled.violations == ()
    assert compiled.tree is not None


@settings(deadline=None, max_examples=150)
@given(worlds(wild=True))
def test_any_tree_passes_or_is_refused(world: World) -> None:
    migration, findings = migrate_slurm(world.texts, SETTINGS)
    errors = [finding for finding in findings if finding.severity == "error"]
    assert (migration is None) == bool(errors)
    if migration is None:
        assert {finding.code for finding in errors} == {"JT744"}
        assert all(finding.location is not None and finding.help for finding in errors)
        return
    sources = [Source(path, data) for path, data in tree(migration).items()]
    checked = pipeline.check(CompileRequest(sources=sources, as_of=NOW))
    assert [finding for finding in checked.diagnostics if finding.severity == "error"] == []


@settings(deadline=None, max_examples=200)
@given(worlds())
def test_no_quota_is_invented(world: World) -> None:
    assert invented(world) == []


@pytest.mark.parametrize("guard", ["split", "children"])
def test_the_law_sees_invented_quota(guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: an untyped limit given to every flavor in full, and a parent's cap left out."""
    if guard == "split":
        monkeypatch.setattr(limits, "split", lambda total, bounds, capacity, **_: dict.fromkeys(capacity, total))
    else:
        monkeypatch.setattr("jobtree.migrate.slurm.budgets._caps", lambda share, funded: [])

    @settings(deadline=None, max_examples=200, database=None)
    @given(worlds())
    def law(world: World) -> None:
        assert invented(world) == []

    with pytest.raises(AssertionError):
        law()


def invented(world: World) -> list[str]:
    """Accounts and users whose documents let them, and everybody below them, use more than their own limit says."""
    migration, findings = migrate_slurm(world.texts, SETTINGS)
    assert migration is not None, findings
    budgets = {
        documents[0]["spec"]["owner"]: documents[0]["spec"]
        for path, documents in migration.files.items()
        if path.startswith("budgets/")
    }
    targets = [(note.source, note.target) for note in migration.notes if (note.target or "").startswith("Budget ")]
    owners = {f"Budget {spec_namespace(path)}/{spec_namespace(path)}": documents[0]["spec"]["owner"]
              for path, documents in migration.files.items() if path.startswith("budgets/")}  # fmt: skip
    found = []
    for account in world.accounts:
        for title, at_once in [(f"account {account.name}", account.at_once), *people(account)]:
            owner = next((owners[target] for source, target in targets if source.startswith(f"{title}: ")), None)
            if owner is None:
                continue
            most = reach(owner, budgets, "concurrency", "maxConcurrency")
            if at_once.total is not None and sum(most.values()) > at_once.total:
                found.append(f"{title}: {most} > {at_once}")
            found += [f"{title}: {most} > {kind}" for kind, bound in at_once.typed.items() if most.get(kind, 0) > bound]
        title = f"account {account.name}"
        owner = next((owners[target] for source, target in targets if source.startswith(f"{title}: ")), None)
        if owner is not None:
            hours = reach(owner, budgets, "maxGPUHours", "maxGPUHours")
            if account.minutes.total is not None and sum(hours.values()) > Fraction(account.minutes.total, 60):
                found.append(f"{title}: {hours} hours > {account.minutes.total} min / 60")
            typed = account.minutes.typed.items()
            found += [f"{title}: {kind}" for kind, bound in typed if hours.get(kind, 0) > Fraction(bound, 60)]
    return found


def spec_namespace(path: str) -> str:
    return path.removeprefix("budgets/").removesuffix(".yaml")


def people(account: Account) -> list[tuple[str, Any]]:
    return [(f"user {user} of {account.name}", limit) for user, limit in account.people.items()]


def reach(owner: str, budgets: Mapping[str, Any], of_envelope: str, of_cap: str) -> dict[str, int]:
    """By flavor, the most that an owner and its descendants come to, as the documents say it."""
    spec = budgets[owner]
    most: dict[str, Any] = {}
    for envelope in spec["envelopes"]:
        most[envelope["flavor"]] = envelope.get(of_envelope, float("inf"))
    for other, below in budgets.items():
        if owner in below.get("parents", []):
            for flavor, count in reach(other, budgets, of_envelope, of_cap).items():
                most[flavor] = most.get(flavor, 0) + count
    for cap in spec.get("aggregateCaps", []):
        if cap["subtree"] and of_cap in cap:
            most[cap["flavor"]] = min(most.get(cap["flavor"], 0), cap[of_cap])
    return most


@settings(deadline=None, max_examples=40)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(world: World, chance: random.Random) -> None:
    names = list(world.texts)
    chance.shuffle(names)
    assert migrate_slurm({name: world.texts[name] for name in names}, SETTINGS) == migrate_slurm(world.texts, SETTINGS)


SCRAPS = (
    "",
    "|",
    "=",
    "gres/gpu=9",
    "0",
    "-1",
    "99999999999999999999",
    "[",
    "]",
    "h[1-9999999999]",
    "\x1b[31m",
    "\u202e",
    "é",
)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_damaged_outputs_pass_or_are_refused(data: st.DataObject) -> None:
    """Real outputs in which something was replaced: no exception, no repository that does not pass."""
    texts = dict(recorded())
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(sorted(texts)))
        words = re.split(r"([|=,\s])", texts[name])
        index = data.draw(st.integers(0, len(words) - 1))
        words[index] = data.draw(st.sampled_from(SCRAPS))
        texts[name] = "".join(words)
    migration, findings = migrate_slurm(texts, SETTINGS)
    assert (migration is None) == any(finding.severity == "error" for finding in findings)
    if migration is not None:
        sources = [Source(path, content) for path, content in tree(migration).items()]
        checked = pipeline.check(CompileRequest(sources=sources, as_of=NOW))
        assert [finding for finding in checked.diagnostics if finding.severity == "error"] == []
