"""What is exported for an API server says the same as the rule itself, of every Run and Budget."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtree.adapters.cel import Cel
from jobtree.base.instant import parse_instant
from jobtree.load.loader import Loading, load
from jobtree.load.source import Source
from jobtree.model.policy import Scope
from jobtree.policy.admission import admission, said
from jobtree.policy.evaluator import Question, Wanted
from jobtree.policy.rules import judge_documents

NOW = parse_instant("2026-03-02T00:00:00Z")
API = "rq.davidlangworthy.io/v1"
RULES = [
    {"name": "checkpoint", "match": {}, "rule": {"type": "checkpointRequired", "fromGPUs": 8}},
    {"name": "spares", "match": {}, "rule": {"type": "sparesRequired", "fromGPUs": 8, "atLeast": 2}},
    {"name": "borrow", "match": {}, "rule": {"type": "maxBorrowShare", "share": "0.3"}},
    {"name": "window", "match": {}, "rule": {"type": "maxWindow", "duration": "10d"}},
]


def document(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name} if kind in ("Fleet", "NodePool", "Policy") else {"name": name, "namespace": "a"}
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}


def fleet(rules: list[dict[str, Any]], *documents: dict[str, Any], waivers=(), **planning) -> Loading:
    owners = [{"name": name, "namespaces": ["a"] if name == "org:a" else ["b"]} for name in ("org:a", "org:b")]
    labels = {"region": "west", "cluster": "gpu-a", "fabric.domain": "A", "gpu.flavor": "H100"}
    everything = {
        "fleet.yaml": document("Fleet", "f", {"owners": owners, "planning": planning}),
        "pool.yaml": document("NodePool", "n", {"count": 4, "gpusPerNode": 8, "labels": labels}),
        "policy.yaml": document("Policy", "p", {"rules": rules, "waivers": list(waivers)}),
        **{f"{number}.yaml": one for number, one in enumerate(documents)},
    }
    loading = load(
        [Source(path, json.dumps(data, ensure_ascii=False).encode()) for path, data in everything.items()],
        admissions={},
    )
    assert loading.catalog is not None, loading.diagnostics
    return loading


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


def _without_none(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


FUNDING = st.fixed_dictionaries(
    {},
    optional={
        "allowBorrow": st.booleans(),
        "maxBorrowGPUs": st.one_of(st.none(), st.integers(0, 20)),
        "sponsors": st.sampled_from([[], ["org:b"]]),
    },
)
RUN = st.builds(
    lambda gpus, checkpoint, spares, funding: _without_none(
        {
            "owner": "org:a",
            "resources": {"gpuType": "H100", "totalGPUs": gpus, "gpusPerPod": 1},
            "runtime": checkpoint if checkpoint is None else {"duration": "1h", **checkpoint},
            "spares": spares,
            "funding": funding,
        }
    ),
    st.integers(1, 16),
    maybe(st.sampled_from([{}, {"checkpoint": "30m"}])),
    maybe(st.integers(0, 3)),
    maybe(FUNDING),
)
ENVELOPE = st.builds(
    lambda start, end: _without_none(
        {
            "start": None if start is None else f"2026-03-{start:02d}T00:00:00Z",
            "end": None if end is None else f"2026-03-{end:02d}T00:00:00+01:00",
        }
    ),
    maybe(st.integers(1, 9)),
    maybe(st.integers(11, 28)),
)


def budget(windows: list[dict[str, Any]]) -> dict[str, Any]:
    cap = {"flavor": "H100", "selector": {"cluster": "gpu-a"}, "concurrency": 8}
    return {"owner": "org:a", "envelopes": [{"name": f"e{n}", **cap, **one} for n, one in enumerate(windows)]}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(RUN, min_size=1, max_size=12), st.lists(st.lists(ENVELOPE, min_size=1, max_size=3), max_size=4))
def test_an_exported_rule_is_true_of_exactly_what_keeps_it(runs, budgets) -> None:
    loading = fleet(
        RULES,
        *(document("Run", f"r{number}", spec) for number, spec in enumerate(runs)),
        *(document("Budget", f"b{number}", budget(windows)) for number, windows in enumerate(budgets)),
    )
    catalog = loading.catalog
    assert catalog is not None
    judged = judge_documents(catalog.policies, catalog, loading.subjects, Cel(), as_of=NOW)
    exported = [said(verdict.rule, catalog) for verdict in judged.verdicts]
    assert all(isinstance(text, str) for text in exported)
    questions = [
        Question(
            text=str(text),
            wanted=Wanted.TRUTH,
            objects=tuple(n for n, one in enumerate(loading.subjects) if one.scope is verdict.rule.scope),
        )
        for text, verdict in zip(exported, judged.verdicts, strict=True)
    ]
    answers = Cel()([one.data for one in loading.subjects], questions)
    assert isinstance(answers, list)
    for question, answer, verdict in zip(questions, answers, judged.verdicts, strict=True):
        refused = {
            loading.subjects[n].name for n, value in zip(question.objects, answer, strict=True) if value is not True
        }
        assert refused == {breach.object for breach in verdict.broken}, verdict.rule.name
        assert set(answer) <= {True, False}


def validations(loading: Loading) -> dict[str, list[dict[str, Any]]]:
    assert loading.catalog is not None
    found = admission(loading.catalog, as_of=NOW).documents
    return {
        one["metadata"]["name"]: one["spec"]["validations"]
        for one in found
        if one["kind"] == "ValidatingAdmissionPolicy"
    }


def test_each_policy_has_a_binding_that_does_what_its_severity_says() -> None:
    warn = {**RULES[0], "severity": "warning"}
    loading = fleet([warn, RULES[1], RULES[3]])
    assert loading.catalog is not None
    documents = admission(loading.catalog, as_of=NOW).documents
    assert [(one["kind"], one["metadata"]["name"]) for one in documents[::2]] == [
        ("ValidatingAdmissionPolicy", "p.run.error"),
        ("ValidatingAdmissionPolicy", "p.run.warning"),
        ("ValidatingAdmissionPolicy", "p.budget.error"),
    ]
    assert [(one["spec"]["policyName"], one["spec"]["validationActions"]) for one in documents[1::2]] == [
        ("p.run.error", ["Deny"]),
        ("p.run.warning", ["Warn", "Audit"]),
        ("p.budget.error", ["Deny"]),
    ]
    for one in documents[::2]:
        (matched,) = one["spec"]["matchConstraints"]["resourceRules"]
        assert matched["resources"] == [f"{one['metadata']['name'].split('.')[1]}s"]


def test_expressions_go_as_they_are_with_their_sentences() -> None:
    rule = {
        "name": "x",
        "match": {"kinds": ["Run"]},
        "expression": "object.spec.spares > 0",
        "message": "two\nlines",
        "messageExpression": "object.metadata.name",
    }
    assert validations(fleet([rule]))["p.run.error"] == [
        {
            "expression": "object.spec.spares > 0",
            "message": "two lines (rule x)",
            "messageExpression": "object.metadata.name",
        }
    ]


@pytest.mark.parametrize(("name", "off"), [("a/r", True), ("a/s", False)])
def test_a_waiver_that_counts_lets_its_object_off(name: str, off: bool) -> None:
    until = {"until": "2036-01-01", "reason": "later"}
    waivers = [
        {"rule": "spares", "object": "a/r", **until},
        {"rule": "spares", "object": "a/\"] || true || ['", **until},
        {"rule": "spares", "object": "a/\U0001f600", **until},
        {"rule": "spares", "object": "a/s", "until": "2000-01-01", "reason": "over"},
    ]
    (text,) = validations(fleet([RULES[1]], waivers=waivers))["p.run.error"]
    namespace, _, short = name.partition("/")
    asked = {"metadata": {"namespace": namespace, "name": short}, "spec": {"resources": {"totalGPUs": 8}}}
    assert Cel()([asked], [Question(text=text["expression"], wanted=Wanted.TRUTH, objects=(0,))]) == [(off,)]


def test_a_comment_at_the_end_of_an_expression_ends_with_it() -> None:
    rule = {"name": "x", "match": {"kinds": ["Run"]}, "expression": "object.metadata.name != 'r' // not this"}
    waivers = [{"rule": "x", "object": "a/r", "until": "2036-01-01", "reason": "later"}]
    (text,) = validations(fleet([rule], waivers=waivers))["p.run.error"]
    asked = {"metadata": {"namespace": "a", "name": "r"}}
    assert Cel()([asked], [Question(text=text["expression"], wanted=Wanted.TRUTH, objects=(0,))]) == [(True,)]


def test_null_is_nothing_to_an_expression() -> None:
    run = {"owner": "org:a", "resources": {"gpuType": "H100", "totalGPUs": 8}}
    run["runtime"] = {"duration": "1h", "checkpoint": None}
    rule = {"name": "x", "match": {"kinds": ["Run"]}, "expression": "has(object.spec.runtime.checkpoint)"}
    loading = fleet([rule], document("Run", "r", run))
    assert loading.catalog is not None
    (verdict,) = judge_documents(loading.catalog.policies, loading.catalog, loading.subjects, Cel(), as_of=NOW).verdicts
    assert [breach.object for breach in verdict.broken] == ["a/r"]


def test_null_is_nothing_in_an_example_too() -> None:
    example = {"valid": False, "object": {"spec": {"checkpoint": None}}}
    rule = {
        "name": "x",
        "match": {"kinds": ["Run"]},
        "expression": "has(object.spec.checkpoint)",
        "examples": [example],
    }
    loading = fleet([rule])
    assert loading.catalog is not None
    assert judge_documents(loading.catalog.policies, loading.catalog, [], Cel(), as_of=NOW).diagnostics == ()


def test_what_an_api_server_cannot_know_stays_behind() -> None:
    rules = [
        RULES[0],
        {"name": "long", "match": {}, "rule": {"type": "maxDuration", "duration": "14d"}},
        {"name": "gate", "match": {"plan": True}, "expression": "true"},
        {"name": "slow", "match": {"diff": "runs"}, "rule": {"type": "maxDelay", "duration": "1h"}},
    ]
    loading = fleet(rules, defaults={"checkpoint": "1h"})
    assert loading.catalog is not None
    found = admission(loading.catalog, as_of=NOW)
    assert found.documents == ()
    assert [rule for rule, _ in found.left_out] == ["checkpoint", "long", "gate", "slow"]


def test_scopes_that_are_exported_are_those_of_documents() -> None:
    from jobtree.model.policy import DOCUMENTS
    from jobtree.policy.admission import RESOURCES

    assert set(RESOURCES) == set(DOCUMENTS) == {Scope.RUN, Scope.BUDGET}
