"""Policy documents and bundles: read, refused, and the bundle that ships."""

from pathlib import Path

import pytest

from jobtree.load.bundles import read_bundle
from jobtree.load.loader import load
from jobtree.load.source import Source
from jobtree.model.policy import CheckpointRequired, MaxBorrowShare, MaxDuration, MaxWindow, SparesRequired
from jobtree.policy.evaluator import nobody
from jobtree.policy.rules import judge_documents
from tests.unit.ledger.built import HOUR, at, budget, catalog, envelope, run, window

SHIPPED = Path(__file__).parents[3] / "policies"
HEAD = "apiVersion: rq.davidlangworthy.io/v1\nkind: Policy\nmetadata: {name: p}\nspec:\n"
FLEET = "apiVersion: rq.davidlangworthy.io/v1\nkind: Fleet\nmetadata: {name: f}\nspec: {policies: {bundles: [%s]}}\n"


def evaluate(policies, catalog, *, as_of):
    return judge_documents(policies, catalog, [], nobody, as_of=as_of).diagnostics


def read(spec: str):
    return read_bundle(Source("policies/p.yaml", (HEAD + spec).encode()))


def rule(body: str, match: str = "kinds: [Run]") -> str:
    return f"  rules: [{{name: r, match: {{{match}}}, rule: {{{body}}}}}]\n"


def test_every_type_is_read() -> None:
    (policy,), findings = read(
        "  rules:\n"
        '    - {name: a, match: {kinds: [Run]}, rule: {type: maxBorrowShare, share: "0.5"}}\n'
        "    - {name: b, match: {}, rule: {type: checkpointRequired, fromGPUs: 64}}\n"
        "    - {name: c, match: {}, rule: {type: sparesRequired, fromGPUs: 64, atLeast: 2}}\n"
        "    - {name: d, match: {kinds: [Budget]}, severity: warning, rule: {type: maxWindow, duration: 31d}}\n"
        "    - {name: e, match: {}, rule: {type: maxDuration, duration: 96h}, message: too long}\n"
        "  waivers:\n"
        "    - {rule: a, object: ns/x, until: 2026-06-01, reason: later}\n"
        '    - {rule: a, object: ns/y, until: "2026-06-01T12:00:00+02:00", reason: later}\n'
    )
    assert findings == ()
    assert [type(entry.demand) for entry in policy.rules] == [
        MaxBorrowShare, CheckpointRequired, SparesRequired, MaxWindow, MaxDuration,
    ]  # fmt: skip
    assert [(entry.severity.value, entry.message) for entry in policy.rules[3:]] == [
        ("warning", None), ("error", "too long"),
    ]  # fmt: skip
    assert policy.rules[3].demand == MaxWindow(seconds=31 * 24 * HOUR)
    assert policy.waivers[1].until - policy.waivers[0].until == 10 * HOUR
    assert str(policy.rules[1].where) == "policies/p.yaml:7:14"


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (rule("type: maxSomething"), "JT207"),
        (rule("share: '0.5'"), "JT207"),
        (rule("type: maxBorrowShare"), "JT204"),
        (rule("type: maxBorrowShare, share: 0.5"), "JT205"),
        (rule("type: maxBorrowShare, share: '1.5'"), "JT212"),
        (rule("type: maxDuration, duration: soon"), "JT210"),
        (rule("type: checkpointRequired, fromGPUs: 0"), "JT206"),
        (rule("type: checkpointRequired, fromGPUs: true"), "JT205"),
        (rule("type: checkpointRequired, fromGPUs: 1, atLeast: 1"), "JT203"),
        (rule("type: maxWindow, duration: 1d"), "JT207"),
        (rule("type: maxDuration, duration: 1d", "plan: true"), "JT207"),
        ("  rules: [{name: r, match: {}}]\n", "JT224"),
        (rule("type: maxWait, duration: 1d"), "JT207"),
        (rule("type: maxWait, duration: 1d", "plan: true"), "JT204"),
        (rule("type: maxDelay, duration: 1d", "diff: owners"), "JT207"),
        (rule("type: maxBudgetGrowth, share: '2'", "diff: owners"), "JT212"),
        (rule("type: maxDuration, duration: 1d", "kinds: [Run], plan: true"), "JT207"),
        ("  rules: [{name: r, match: {}, expression: 'true'}]\n", "JT224"),
        ("  rules: [{name: r, match: {plan: true, diff: runs}, expression: 'true'}]\n", "JT224"),
        ("  rules: [{name: r, match: {plan: true, kinds: [Run]}, expression: 'true'}]\n", "JT224"),
    ],
)
def test_what_does_not_fit_is_found_where_it_stands(spec: str, code: str) -> None:
    (policy,), findings = read(spec)
    assert policy.rules == ()
    assert [finding.code for finding in findings] == [code]
    assert findings[0].location is not None
    assert findings[0].location.line == 5


def fleet_with(names: str) -> Source:
    return Source("fleet.yaml", (FLEET % names).encode())


def test_a_fleet_gets_the_bundles_it_names_and_then_its_own() -> None:
    bundle = Source("policies/default.yaml", (SHIPPED / "default.yaml").read_bytes())
    own = Source("mine.yaml", (HEAD + rule("type: maxDuration, duration: 1d")).encode())
    loading = load([fleet_with("default"), own], admissions={}, bundles={"default": bundle})
    assert [finding for finding in loading.diagnostics if finding.severity == "error"] == []
    assert loading.catalog is not None
    assert [policy.name for policy in loading.catalog.policies] == ["default", "p"]
    assert [source.path for source in loading.inputs] == ["fleet.yaml", "mine.yaml"]


def test_an_unknown_bundle_is_an_error_that_lists_the_known_ones() -> None:
    bundle = Source("policies/default.yaml", b"")
    loading = load([fleet_with("default, defualt")], admissions={}, bundles={"default": bundle})
    (finding,) = [finding for finding in loading.diagnostics if finding.code == "JT412"]
    assert (finding.message, finding.help) == ("no such policy bundle: defualt", "the bundles are default")
    assert str(finding.location) == "fleet.yaml:4:38"


def test_the_shipped_bundle_lets_good_fleets_pass_and_names_bad_ones() -> None:
    policies, findings = read_bundle(Source("policies/default.yaml", (SHIPPED / "default.yaml").read_bytes()))
    assert findings == ()
    month = budget("me", envelope("me", 512, window=window(0, 31 * 24)))
    good = catalog([month], [run("large", "me", 128, checkpoint=1800, spares=1), run("small", "me", 8)])
    assert evaluate(policies, good, as_of=at(0)) == ()
    forever = budget("me", envelope("me", 512))
    bad = catalog([forever], [run("large", "me", 128, duration=15 * 24 * HOUR)])
    found = evaluate(policies, bad, as_of=at(0))
    assert [(finding.severity.value, finding.message.split("rule ")[1]) for finding in found] == [
        ("error", "large-runs-checkpoint)"),
        ("warning", "large-runs-have-spares)"),
        ("warning", "windows-of-a-quarter)"),
        ("error", "runs-of-two-weeks)"),
    ]  # fmt: skip
