"""Every code of an edit is provoked here, at the place where it must stand; and has a page."""

import re
from pathlib import Path

import pytest

from jobtree.base.code_pages import editing
from jobtree.base.identity import Key, Owner
from jobtree.cli.runs.backend import Refused
from jobtree.cli.runs.cluster import ClusterBackend
from jobtree.cli.runs.repo_edit import Commit
from jobtree.edit.apply import apply_edit
from jobtree.edit.edits import AddSponsors, Edit, Shrink, Submit
from jobtree.edit.outcome import Declined
from jobtree.load.source import Source
from tests.unit.cli_runs.repositories import backend

PAGES = Path(__file__).parents[3] / "docs" / "codes"
KEY = Key("team-a", "train")
RUN = """apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata: {name: train, namespace: team-a}
spec:
  owner: org:a
  resources: {gpuType: H100, totalGPUs: 96}
"""
ELASTIC = RUN + "  malleable: {minTotalGPUs: 96, maxTotalGPUs: 160, stepGPUs: 32}\n"
BLOCK = RUN + "  funding:\n    sponsors:\n    - |-\n      org:b\n"
BY_32 = Shrink(run=KEY, by=32)


def submit(text: str, *, namespace: str | None = None) -> Submit:
    return Submit(source=Source("new.yaml", text.encode()), namespace=namespace)


def add(*sponsors: str) -> AddSponsors:
    return AddSponsors(run=KEY, sponsors=tuple(map(Owner, sponsors)))


CASES: list[tuple[str, str, Edit, str]] = [
    ("JT786 new.yaml:2:7", RUN, submit(RUN.replace("kind: Run", "kind: Budget")), "Budget cannot be submitted"),
    ("JT786 new.yaml:2:7", RUN, submit("apiVersion: v1\nkind: List\nitems: []\n"), "List cannot be submitted"),
    ("JT786 new.yaml:3:12", RUN, submit(RUN.replace("{name: train", "{generateName: t-")), "another name each time"),
    ("JT786 new.yaml:3:1", RUN, submit(RUN.replace(", namespace: team-a", "")), "there is no namespace"),
    ("JT786 new.yaml:3:36", RUN, submit(RUN, namespace="b"), "team-a does not match the namespace b"),
    ("JT786 None", RUN, submit("# nothing\n"), "there is nothing in new.yaml"),
    ("JT786 new.yaml:7:1", RUN, submit(RUN + "---\n- a list\n"), "this is no object"),
    ("JT787 new.yaml:3:18", RUN, submit(RUN.replace("96", "64")), "is there already, and differs"),
    ("JT788 None", RUN, Shrink(run=Key("team-a", "trian"), by=8), "there is no run team-a/trian"),
    ("JT788 None", RUN, Shrink(run=Key("team-b", "train"), by=8), "there is no run team-b/train"),
    ("JT789 runs/a.yaml:6:30", RUN, BY_32, "is a fixed run"),
    ("JT790 runs/a.yaml:7:3", ELASTIC, Shrink(run=KEY, by=16), "has no width of 144 GPUs"),
    ("JT790 runs/a.yaml:7:3", ELASTIC, Shrink(run=KEY, by=96), "may not go below 96 GPUs"),
    ("JT790 runs/a.yaml:7:3", ELASTIC, Shrink(run=KEY, by=0), "is no shrinking"),
    ("JT790 runs/a.yaml:7:3", ELASTIC, Shrink(run=KEY, by=-32), "is no shrinking"),
    ("JT791 runs/a.yaml:9:7", BLOCK, add("org:c"), "cannot be edited"),
    ("JT791 runs/a.yaml:8:4", RUN + "  ? funding\n  : sponsors: [x]\n", add("org:c"), "cannot be edited"),
    ("JT792 runs/a.yaml:5:3", RUN, add("org:b", "org:a"), "cannot sponsor it"),
    ("JT792 runs/a.yaml:4:1", RUN, add(), "no sponsor is named"),
    ("JT303 runs/b.yaml:3:18", RUN, add("org:twice"), "duplicate Run"),
]


@pytest.mark.parametrize(("where", "text", "edit", "message"), CASES)
def test_a_refusal_says_where_why_and_what_next(where: str, text: str, edit: Edit, message: str) -> None:
    twice = [Source("runs/b.yaml", text.encode())] if "org:twice" in str(edit) else []
    outcome = apply_edit(edit, [Source("runs/a.yaml", text.encode()), *twice])
    assert isinstance(outcome, Declined), outcome
    assert len(outcome.diagnostics) == 1
    finding = outcome.diagnostics[0]
    assert f"{finding.code} {finding.location}" == where
    assert message in finding.message
    assert finding.help
    assert finding.location is None or finding.location.path in outcome.files


def test_the_nearest_widths_are_named() -> None:
    outcome = apply_edit(Shrink(run=KEY, by=16), [Source("a.yaml", ELASTIC.encode())])
    assert isinstance(outcome, Declined)
    finding = outcome.diagnostics[0]
    assert finding.notes == ("160 - 16 = 144", "144 - 96 = 1 x stepGPUs 32 + 16")
    assert finding.help == "--by 32 leaves 128 GPUs"
    wide = ELASTIC.replace("maxTotalGPUs: 160", "maxTotalGPUs: 224")
    outcome = apply_edit(Shrink(run=KEY, by=80), [Source("a.yaml", wide.encode())])
    assert isinstance(outcome, Declined)
    assert outcome.diagnostics[0].help == "--by 64 leaves 160 GPUs; --by 96 leaves 128 GPUs"


def test_what_git_and_clusters_refuse(tmp_path: Path) -> None:
    outcomes = [
        backend(tmp_path, commit=Commit()).apply(BY_32),
        ClusterBackend(kubeconfig=tmp_path / "none", context=None, namespace=None, now=None).view(),
        ClusterBackend(kubeconfig=None, context=None, namespace=None, now=None).apply(BY_32),
    ]
    found = [[finding.code for finding in outcome.diagnostics] for outcome in outcomes if isinstance(outcome, Refused)]
    assert found == [["JT793"], ["JT794"], ["JT795"]]
    last = outcomes[-1]
    assert isinstance(last, Refused)
    assert last.diagnostics[0].help == "kubectl runs shrink train -n team-a --by 32 --repo DIR"


def test_every_code_has_a_case_and_a_page() -> None:
    shown = {where.partition(" ")[0] for where, *_ in CASES} | {"JT793", "JT794", "JT795"}
    assert set(editing.TITLES) <= shown
    for code, title in editing.TITLES.items():
        text = (PAGES / f"{code}.md").read_text("utf-8")
        assert text.startswith(f"# {code}: {title}\n"), code
        assert re.search(r"^## What to do$", text, re.MULTILINE), code
