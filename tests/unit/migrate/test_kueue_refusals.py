"""What cannot be imported is refused at its place, all at once; what is hostile does no harm."""

import time
from typing import Any

import pytest
from markdown_it import MarkdownIt

from jobtree.load.foreign import read_foreign
from jobtree.load.source import Source
from jobtree.migrate.kueue.compose import migrate_kueue
from jobtree.migrate.report import report
from tests.kueue_worlds import (
    OPTIONS,
    as_source,
    flavor,
    kueue,
    local,
    migrate,
    migrated,
    node,
    pods,
    queue,
    quota,
    workload,
)


def codes(*objects: dict[str, Any]) -> list[str]:
    migration, findings = migrate(objects)
    assert (migration is None) == bool(findings)
    return [finding.code for finding in findings]


QUEUED = {"kueue.x-k8s.io/queue-name": "gpus"}
GOOD = queue("a", quota("h100", 8))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (queue("a", quota("h100", "eight")), "a quantity of GPUs"),
        (queue("a", quota("h100", -1)), "a quantity of GPUs"),
        (queue("a", quota("h100", True)), "a quantity of GPUs"),
        (queue("a", quota("h100", "017")), "a quantity of GPUs"),
        (queue("A_b", quota("h100", 8)), "a name of 1 to 253"),
        (queue("../../etc", quota("h100", 8)), "a name of 1 to 253"),
        (queue("a", quota("h100", 8), cohort="x\x1b[31m"), "a name of 1 to 253"),
        (kueue("ClusterQueue", "a", {"resourceGroups": {"flavors": []}}), "a list"),
        (kueue("ClusterQueue", "a", {"resourceGroups": ["x"]}), "a mapping"),
        (local("team.a", "a"), "a name of 1 to 63"),
        (local("../x", "a"), "a name of 1 to 253"),
        (flavor("h100", nodeLabels={"a": 1}), "a mapping of text to text"),
        (node("n1", "h100", "2000"), "at most 1,024 GPUs"),
        (workload("team", "w", {"name": "main", "count": "3"}), "a whole number"),
        (workload("team", "w", pods(-1, 8)), "a whole number"),
        (workload("team", "w", pods(1, 8), metadata={"creationTimestamp": "yesterday"}), "an instant"),
        (workload("team", "w", pods(1, 8), active="yes"), "true or false"),
        (workload("team", "w", pods(1, 8), status=[]), "a mapping"),
        (kueue("Workload", "w", {}), "that of an object"),
        ({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "", "labels": QUEUED}}, "a name of 1 to 253"),
        ({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "labels": QUEUED}}, "that of an object"),
    ],
)
def test_a_wrong_field_is_told_at_its_place(broken: dict[str, Any], words: str) -> None:
    migration, findings = migrate([GOOD, broken] if broken["metadata"]["name"] != "a" else [broken])
    assert migration is None
    assert {finding.code for finding in findings} == {"JT181"}
    assert words in findings[0].message
    assert findings[0].location is not None
    assert findings[0].help


def test_all_findings_come_at_once() -> None:
    broken = [queue("a", quota("h100", "x")), queue("b", quota("h100", "y")), local("-", "a")]
    assert codes(*broken) == ["JT181"] * 3


def test_findings_are_bounded() -> None:
    broken = [node(f"n{index}", "h100", "x") for index in range(2_000)]
    assert len(codes(*broken)) == 500


def test_without_a_queue_there_is_nothing_to_import() -> None:
    assert codes(node("n1", "h100")) == ["JT182"]
    assert codes() == ["JT182"]


def test_an_object_that_is_there_twice_is_one_unless_it_differs() -> None:
    assert codes(GOOD, GOOD) == []
    assert codes(GOOD, queue("a", quota("h100", 16))) == ["JT184"]


def test_the_same_finding_comes_whatever_order_the_files_come_in() -> None:
    one, other = as_source([GOOD], "a.yaml"), as_source([queue("a", quota("h100", 16))], "b.yaml")
    assert migrate([one, other]) == migrate([other, one])


def test_an_unknown_version_is_refused() -> None:
    migration, (finding,) = migrate([kueue("ClusterQueue", "a", {}, version="v1alpha2")])
    assert migration is None
    assert finding.code == "JT186"
    assert finding.help == "kubectl get clusterqueues.v1beta1.kueue.x-k8s.io -A -o yaml"


def test_texts_of_others_are_escaped_in_the_report() -> None:
    evil = "x|<script>alert(1)</script> @everyone \x1b[31m\u202e [a](https://evil.example)"
    work = workload(
        "team", "w", pods(2, 8, topologyRequest={"required": evil, "preferred": evil}), priorityClassRef={"name": evil}
    )
    migration = migrated(queue("a", quota("h100", 8), fairSharing={"weight": evil}), local("team", "a"), work)
    text = report(migration, origin="Kueue", instant="now").decode()
    assert "<script>" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "@everyone" not in text
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<a " not in html
    assert "<img" not in html
    rows = [line for line in text.split("\n") if "script" in line]
    assert rows
    assert all(line.replace("\\|", "").count("|") == 4 for line in rows)


def test_deep_chains_and_many_queues_take_bounded_time() -> None:
    chain = [kueue("Cohort", f"c{index}", {"parentName": f"c{index + 1}"}) for index in range(1_000)]
    queues = [queue(f"q{index}", quota("h100", 1), cohort="c0") for index in range(1_000)]
    locals_ = [local(f"team-{index}", f"q{index}") for index in range(1_000)]
    begun = time.monotonic()
    migration, findings = migrate([*chain, *queues, *locals_])
    assert findings == ()
    assert migration is not None
    assert time.monotonic() - begun < 20


def test_what_the_reader_refuses_is_refused_and_what_is_ambiguous_stays_text() -> None:
    bomb = b"a: &a [x]\nb: [*a, *a]\n"
    assert {finding.code for finding in read_foreign(Source("bomb.yaml", bomb))[1]} == {"JT110"}
    lenient = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {country: no, when: 2026-01-01}\n"
    (document,), findings = read_foreign(Source("map.yaml", lenient))
    assert findings == ()
    assert document.data["data"] == {"country": "no", "when": "2026-01-01"}


def test_the_items_of_a_list_know_their_places() -> None:
    documents, _ = read_foreign(as_source([GOOD, queue("b", quota("h100", "x"))], "given.json"))
    _, (finding,) = migrate_kueue(documents, OPTIONS)
    assert finding.location is not None
    assert finding.location.path == "given.json"
    assert finding.location.column > 200, "the second item"
