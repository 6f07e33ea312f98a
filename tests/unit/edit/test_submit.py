"""Where new runs go: files of their own beside those of their namespace, or the one file of a snapshot."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from jobtree.edit.apply import apply_edit
from jobtree.edit.edits import Submit
from jobtree.edit.outcome import Declined, Edited
from jobtree.load.source import Source

RUN = """# why: [a, b]
apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata:
  name: NAME   # its name
  namespace: SPACE
spec:
  owner: org:a
  resources: {gpuType: H100, totalGPUs: 8}
"""
TREE = """apiVersion: rq.davidlangworthy.io/v1
kind: JobTree
metadata: {name: NAME, namespace: SPACE}
spec:
  owner: org:a
  runs: [{name: one, spec: {resources: {gpuType: H100, totalGPUs: 8}}}]
"""
FLEET = """apiVersion: rq.davidlangworthy.io/v1
kind: Fleet
metadata: {name: f}
spec:
  clusters: [c]
  owners:
    - {name: "org:a", namespaces: [team-a], paths: ["teams/a/**"]}
"""


def run(name: str, space: str = "team-a", text: str = RUN) -> str:
    return text.replace("NAME", name).replace("SPACE", space)


def submitted(text: str, there: Mapping[str, str], *, path: str = "new.yaml", namespace: str | None = None) -> Edited:
    sources = [Source(known, data.encode()) for known, data in there.items()]
    outcome = apply_edit(Submit(source=Source(path, text.encode()), namespace=namespace), sources)
    assert isinstance(outcome, Edited), outcome
    return outcome


@pytest.mark.parametrize(
    ("there", "path"),
    [
        ({}, "runs/team-a/new.yaml"),
        ({"all/x.yaml": run("x")}, "all/new.yaml"),
        ({"all/x.yaml": run("x", "team-b")}, "all/new.yaml"),  # of the same owner
        ({"all/x.yaml": run("x"), "more/y.yaml": run("y")}, "runs/team-a/new.yaml"),
        ({"x.yaml": run("x")}, "runs/team-a/new.yaml"),
        ({"b/x.yaml": run("x", "team-b"), "a/y.yaml": run("y")}, "a/new.yaml"),
        ({"all/new.yaml": run("x")}, "all/new-run.yaml"),
        ({"all/new.yaml": run("x"), "all/new-run.yaml": run("y")}, "runs/team-a/new.yaml"),
        ({"fleet.yaml": FLEET}, "teams/a/new.yaml"),
        ({"fleet.yaml": FLEET, "teams/a/deep/x.yaml": run("x")}, "teams/a/deep/new.yaml"),
        ({"fleet.yaml": FLEET, "all/x.yaml": run("x")}, "teams/a/new.yaml"),
    ],
)
def test_a_file_beside_the_others_where_its_owner_may_write(there: dict[str, str], path: str) -> None:
    outcome = submitted(run("new"), there)
    assert {path: data.decode() for path, data in outcome.files.items()} == {path: run("new")}
    assert outcome.title == "submit team-a/new"


def test_json_stays_json() -> None:
    data = yaml.safe_load(run("new"))
    del data["metadata"]["namespace"]
    outcome = submitted(json.dumps(data, indent=2), {}, path="new.json", namespace="team-a")
    assert list(outcome.files) == ["runs/team-a/new.json"]
    assert json.loads(outcome.files["runs/team-a/new.json"]) == yaml.safe_load(run("new"))


def test_every_document_gets_a_file_with_its_comments() -> None:
    text = (
        "# head\n---\n"
        + run("one")
        + "# tail of one\n---  # of two\n"
        + run("two", text=TREE)
        + "...\n---\n"
        + run("three")
    )
    outcome = submitted(text, {})
    assert {path: data.decode() for path, data in outcome.files.items()} == {
        "runs/team-a/one.yaml": "# head\n" + run("one") + "# tail of one\n",
        "runs/team-a/two.yaml": "# of two\n" + run("two", text=TREE),
        "runs/team-a/three.yaml": run("three"),
    }
    assert outcome.sentences == (
        "run.rq.davidlangworthy.io/one created",
        "jobtree.rq.davidlangworthy.io/two created",
        "run.rq.davidlangworthy.io/three created",
    )
    assert outcome.title == "submit team-a/one, team-a/two, team-a/three"


def test_a_run_and_a_tree_of_one_name_are_two_things() -> None:
    outcome = submitted(run("same", text=TREE), {"all/same.yaml": run("same")})
    assert list(outcome.files) == ["all/same-jobtree.yaml"]


def test_the_namespace_of_the_command_line_is_filled_in() -> None:
    bare = run("one").replace("  namespace: team-a\n", "")
    outcome = submitted(bare + "---\n" + run("two"), {}, namespace="team-a")
    assert outcome.files["runs/team-a/one.yaml"].decode() == run("one")
    brackets = run("two", text=TREE).replace(", namespace: team-a", "")
    outcome = submitted(brackets, {}, namespace="team-a")
    assert "{name: two, namespace: team-a}" in outcome.files["runs/team-a/two.yaml"].decode()


def test_what_a_server_adds_makes_no_difference() -> None:
    served = run("one").replace("  namespace", "  uid: u-1\n  creationTimestamp: 2026-03-02T09:00:00Z\n  namespace")
    outcome = submitted(run("one"), {"state.yaml": served + "status: {phase: Running}\n"})
    assert (outcome.files, outcome.sentences) == ({}, ("run.rq.davidlangworthy.io/one unchanged",))


def test_the_same_twice_in_one_file() -> None:
    outcome = submitted(run("one") + "---\n" + run("one"), {})
    assert outcome.sentences == ("run.rq.davidlangworthy.io/one created", "run.rq.davidlangworthy.io/one unchanged")
    twice = Submit(source=Source("new.yaml", (run("one") + "---\n" + run("one").replace("8}", "16}")).encode()))
    assert isinstance(apply_edit(twice, []), Declined)


NEW = run("new") + "---\n" + json.dumps(yaml.safe_load(run("other"))) + "\n"
NODE: Any = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}


def into(text: str, path: str = "s.yaml") -> str:
    outcome = apply_edit(Submit(source=Source("new.yaml", NEW.encode())), [Source(path, text.encode())], into=path)
    assert isinstance(outcome, Edited), outcome
    return outcome.files[path].decode()


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: List\nitems:\n- kind: Node # n\n  apiVersion: v1\n# end\nmetadata: {}\n",
        "apiVersion: v1\nkind: List\nitems:\n    -   kind: Node\n        apiVersion: v1",
        "apiVersion: v1\nkind: List\nitems: []\n",
        "apiVersion: v1\r\nkind: List\r\nitems:\r\n- kind: Node\r\n  apiVersion: v1\r\n",
        json.dumps({"apiVersion": "v1", "items": [NODE], "kind": "List"}),
        json.dumps({"apiVersion": "v1", "items": [NODE, NODE], "kind": "List"}, indent=4),
        json.dumps({"apiVersion": "v1", "items": [], "kind": "List"}, indent=1),
    ],
)
def test_a_list_grows_at_its_end(text: str) -> None:
    after = into(text)
    before = yaml.safe_load(text)
    assert yaml.safe_load(after) == {**before, "items": [*before["items"], *yaml.safe_load_all(NEW)]}
    rest = iter(after)
    assert all(char in rest for char in text)  # what was there is there, in order
    if text.startswith("{"):
        json.loads(after)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", run("x"), run("x").rstrip("\n"), run("x") + "...\n"])
def test_documents_are_added_behind_the_others(text: str) -> None:
    after = into(text)
    assert after.startswith(text)
    assert list(yaml.safe_load_all(after)) == [
        *(one for one in yaml.safe_load_all(text) if one),
        *yaml.safe_load_all(NEW),
    ]


def test_a_file_of_one_json_object_takes_no_more() -> None:
    one = json.dumps(yaml.safe_load(run("x")))
    outcome = apply_edit(Submit(source=Source("new.yaml", NEW.encode())), [Source("s", one.encode())], into="s")
    assert isinstance(outcome, Declined)
    assert [finding.code for finding in outcome.diagnostics] == ["JT791"]
