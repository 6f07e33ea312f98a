"""House rules through the commands: documents, plans and changes; what is denied, shown, and written."""

import json
from pathlib import Path

import pytest

from tests.unit.adapters.test_git import git
from tests.unit.cli.conftest import NOW, Cli
from tests.unit.cli.test_plan import edit, lines

HEAD = "apiVersion: rq.davidlangworthy.io/v1\nkind: Policy\nmetadata: {name: house}\nspec:\n  rules:\n"
NO_LESS = "name: kind, match: {diff: envelopes}, expression: 'object.after.concurrency >= object.before.concurrency'"


def policy(fleet: Path, *rules: str, waivers: str = "") -> None:
    (fleet / "policies" / "house.yaml").write_text(HEAD + "".join(f"    - {{{rule}}}\n" for rule in rules) + waivers)


@pytest.fixture
def repo(compiled: Path) -> Path:
    git(compiled, "init", "-q", "-b", "main")
    git(compiled, "add", "-A", day=2)
    git(compiled, "commit", "-q", "-m", "first", day=2)
    return compiled


def test_a_gate_on_the_plan_denies_what_no_document_shows(fleet: Path, cli: Cli) -> None:
    policy(fleet, "name: tiny, match: {plan: true}, expression: 'object.width < 2'")
    assert cli("check", fleet).code == 0
    done = cli("compile", fleet, "--now", NOW)
    assert done.code == 3
    assert "JT416" in done.err
    assert not (fleet / "rendered").exists()
    policy(fleet, "name: tiny, severity: warning, match: {plan: true}, expression: 'object.width < 2'")
    warned = cli("compile", fleet, "--now", NOW)
    assert (warned.code, "JT416 warning" in warned.err) == (0, True)
    assert "House rules: 0 of 1 kept" in warned.err
    assert (fleet / "rendered" / "plan.json").exists()


def test_a_gate_sees_what_is_written(fleet: Path, cli: Cli) -> None:
    keys = ["run", "owner", "decision", "at", "waitSeconds", "expectedEnd", "width", "groups", "payers", "reason"]
    policy(fleet, f'name: r, match: {{plan: true}}, expression: "{keys}.all(key, key in object)"')
    assert cli("compile", fleet, "--now", NOW).code == 0
    written = json.loads((fleet / "rendered" / "plan.json").read_text())["runs"]
    names = sorted(entry["run"] for entry in written if entry["width"] > 2)
    policy(fleet, "name: r, match: {plan: true}, severity: warning, expression: 'object.width <= 2'")
    found = cli("compile", fleet, "--now", NOW, "--check").err
    assert sorted(line.split(": ")[2] for line in found.splitlines() if "JT416" in line) == names


def test_a_locked_compile_asks_the_gates_too(fleet: Path, cli: Cli) -> None:
    policy(fleet, "name: r, match: {plan: true}, severity: warning, expression: 'false'")
    assert cli("compile", fleet, "--now", NOW).code == 0
    assert "JT416" in cli("compile", fleet, "--locked", "--check").err


def test_a_denied_change_is_shown_with_what_it_does(repo: Path, cli: Cli) -> None:
    policy(
        repo,
        NO_LESS,
    )
    git(repo, "add", "-A", day=3)
    git(repo, "commit", "-qm", "rules", day=3)
    assert cli("plan", repo).code == 0
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: 4")
    denied = cli("plan", repo)
    assert denied.code == 3
    said = lines(denied.out)
    assert any(line.startswith("kind (denied) vision/vision/west") for line in said), denied.out
    assert any("vision/vision/west 16 → 4" in line for line in said), denied.out
    assert "denied: 1 house rule broken, kind" in denied.err
    comment = cli("plan", repo, "-o", "markdown").out
    assert "### Denied by house rules (1)" in comment
    assert "House rules: 0 of 1 kept" in comment
    (rule,) = json.loads(cli("plan", repo, "-o", "json").out)["rules"]
    assert (rule["scope"], [one["object"] for one in rule["broken"]]) == ("diff envelopes", ["vision/vision/west"])
    policy(
        repo,
        NO_LESS,
        waivers="  waivers: [{rule: kind, object: vision/vision/west, until: 2099-01-01, reason: agreed}]\n",
    )
    assert cli("plan", repo).code == 0


def test_what_a_document_is_denied_for_does_not_hide_what_the_change_does(repo: Path, cli: Cli) -> None:
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: 4")
    policy(repo, "name: none, match: {kinds: [Run]}, expression: 'false'")
    denied = cli("plan", repo)
    assert denied.code == 3
    assert any("vision/vision/west 16 → 4" in line for line in lines(denied.out)), denied.out
    assert "none (denied)" in denied.out


def test_the_base_is_not_judged(repo: Path, cli: Cli) -> None:
    policy(repo, "name: none, match: {kinds: [Run]}, expression: 'false'")
    git(repo, "add", "-A", day=3)
    git(repo, "commit", "-qm", "a rule that everything breaks", day=3)
    (repo / "policies" / "house.yaml").unlink()
    assert cli("plan", repo).code == 0


def test_an_expression_that_is_wrong_refuses_the_head_alone(repo: Path, cli: Cli) -> None:
    policy(repo, "name: bad, match: {diff: runs}, expression: 'nope'")
    for command in (("check",), ("compile", "--now", NOW), ("plan",)):
        result = cli(command[0], repo, *command[1:])
        assert (result.code, "JT414" in result.err) == (1, True), command
    git(repo, "add", "-A", day=3)
    git(repo, "commit", "-qm", "wrong", day=3)
    (repo / "policies" / "house.yaml").unlink()
    assert cli("plan", repo).code == 0


def test_growth_of_a_budget_in_one_change(repo: Path, cli: Cli) -> None:
    policy(repo, "name: slow, match: {diff: owners}, rule: {type: maxBudgetGrowth, share: '0.5'}")
    git(repo, "add", "-A", day=3)
    git(repo, "commit", "-qm", "rules", day=3)
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: 24")
    assert cli("plan", repo).code == 0
    edit(repo, "budgets/vision.yaml", "concurrency: 24", "concurrency: 25")
    denied = cli("plan", repo)
    assert denied.code == 3
    assert "16 GPUs become 25: 56.2 % more; the rule allows 24" in denied.out


def test_the_score_card_of_a_check(fleet: Path, cli: Cli) -> None:
    policy(fleet, "name: none, severity: warning, match: {kinds: [Budget]}, expression: 'false'")
    done = cli("check", fleet)
    budgets = len(list((fleet / "budgets").iterdir()))
    assert done.code == 0
    assert "House rules: 0 of 1 kept" in done.out
    assert any(line == f"none Budget {budgets} {budgets} 0" for line in lines(done.out)), done.out


def test_hostile_names_in_a_breach_stay_text(fleet: Path, cli: Cli) -> None:
    text = r"name: r, match: {kinds: [Budget]}, expression: 'false', messageExpression: \"'\\x1b[31m' + '<b>'\""
    policy(fleet, text.replace('\\"', '"'))
    done = cli("check", fleet)
    assert done.code == 3
    assert "\x1b" not in done.err


STARVES = (
    "name: starve, severity: warning, match: {plan: true}, expression: \"'" + "x" * 50 + "'.replace('x','" + "y" * 50
    + "').replace('y','" + "z" * 50 + "').replace('z','" + "w" * 50 + "').replace('w','" + "v" * 100
    + "').replace('v','" + "u" * 17 + "') != object.run\""
)  # fmt: skip


def test_a_rule_that_exhausts_the_evaluator_switches_no_gate_off(repo: Path, cli: Cli) -> None:
    policy(repo, "name: none, match: {plan: true}, expression: 'false'", STARVES)
    for command in (("plan", repo), ("compile", repo, "--now", NOW)):
        result = cli(*command)
        assert (result.code, "JT418" in result.err) == (1, True), command


def test_a_waiver_that_is_over_by_now_does_not_count_in_a_review(repo: Path, cli: Cli) -> None:
    waivers = "  waivers: [{rule: none, object: vision/evaluate, until: 2026-03-03, reason: soon}]\n"
    policy(
        repo, "name: none, match: {kinds: [Run]}, expression: \"object.metadata.name != 'evaluate'\"", waivers=waivers
    )
    assert cli("plan", repo).code == 3
    assert cli("plan", repo, "--now", NOW).code == 0
