import json
import subprocess
from pathlib import Path

import pytest

from jobtree.cli.formats import OutputFormat
from tests.unit.adapters.test_git import commit, git
from tests.unit.cli.conftest import NOW, Cli


def test_a_sound_fleet_is_counted(fleet: Path, cli: Cli) -> None:
    result = cli("check", fleet)
    assert result.out == "3 runs, 2 budgets with 2 envelopes, 4 nodes with 32 GPUs in 6 files: all sound\n"


def test_findings_are_located_and_exit_1(fleet: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (fleet / "runs" / "vision" / "bad.yaml").write_text(
        "apiVersion: rq.davidlangworthy.io/v1\nkind: Run\nmetadata: {name: bad, namespace: vision}\nspec: {ownr: x}\n"
    )
    monkeypatch.chdir(fleet.parent)
    result = cli("check", "fleet")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("fleet/runs/vision/bad.yaml:4:")
    assert "^" in result.err
    value = json.loads(cli("check", "fleet", "--output-format", "json").out)
    assert value["errors"] >= 1
    assert value["diagnostics"][0]["path"] == "runs/vision/bad.yaml"
    assert cli("check", "fleet", "--output-format", "github").out.startswith("::error file=fleet/runs/vision/bad.yaml")


@pytest.mark.parametrize("output_format", OutputFormat)
def test_every_format_exits_0_on_a_sound_fleet(fleet: Path, cli: Cli, output_format: OutputFormat) -> None:
    assert cli("check", fleet, "--output-format", output_format.value).code == 0


def test_no_folder_is_jt155(tmp_path: Path, cli: Cli) -> None:
    result = cli("check", tmp_path / "nowhere")
    assert result.code == 1
    assert "JT155" in result.err


def test_the_registry_of_the_base_revision_counts(fleet: Path, cli: Cli) -> None:
    git(fleet, "init", "-q", "-b", "main")
    commit(fleet, 1)
    text = (fleet / "fleet.yaml").read_text()
    (fleet / "fleet.yaml").write_text(text.replace("namespaces: [vision]", "namespaces: [vision, seized]"))
    run = (fleet / "runs" / "vision" / "evaluate.yaml").read_text().split("---")[0]
    (fleet / "runs" / "vision" / "seized.yaml").write_text(run.replace("namespace: vision", "namespace: seized"))
    assert cli("check", fleet).code == 0
    against = cli("check", fleet, "--base", "main")
    assert against.code == 1
    assert "seized" in against.err


def test_an_unknown_base_is_jt163(fleet: Path, cli: Cli) -> None:
    assert "JT163" in cli("check", fleet, "--base", "main").err
    subprocess.run(["git", "-C", str(fleet), "init", "-q"], check=True)
    assert "JT163" in cli("check", fleet, "--base", "main").err


def test_hostile_text_stays_text(fleet: Path, cli: Cli) -> None:
    (fleet / "runs" / "vision" / "bad.yaml").write_text(
        "apiVersion: rq.davidlangworthy.io/v1\nkind: Run\nmetadata: {name: bad, namespace: vision}\n"
        'spec: {owner: "\\e[31m[bold]\\u202e", "\\e]0;title\\a": 1}\n'
    )
    result = cli("check", fleet)
    assert result.code == 1
    assert "\x1b" not in result.err
    assert "\u202e" not in result.err


@pytest.mark.parametrize("output_format", OutputFormat)
def test_a_lone_surrogate_breaks_no_format(fleet: Path, cli: Cli, output_format: OutputFormat) -> None:
    (fleet / "runs" / "vision" / "bad.yaml").write_text(
        "apiVersion: rq.davidlangworthy.io/v1\nkind: Run\nmetadata: {name: bad, namespace: vision}\n"
        'spec: {owner: "\\ud800", "\\udfff": 1}\n'
    )
    result = cli("check", fleet, "--output-format", output_format.value)
    assert result.code == 1
    assert "JT901" not in result.err


def test_a_house_rule_that_denies_is_exit_3(fleet: Path, cli: Cli) -> None:
    rule = "{name: own-first, match: {kinds: [Run]}, rule: {type: maxBorrowShare, share: '0.1'}}"
    (fleet / "policies" / "house.yaml").write_text(
        "apiVersion: rq.davidlangworthy.io/v1\nkind: Policy\nmetadata: {name: house}\n"
        f"spec:\n  rules:\n    - {rule}\n"
    )
    checked = cli("check", fleet)
    assert (checked.code, "JT409" in checked.err) == (3, True)
    assert cli("compile", fleet, "--now", NOW).code == 3
    assert not (fleet / "rendered").exists()
    (fleet / "runs" / "bad.yaml").write_text("apiVersion: rq.davidlangworthy.io/v1\nkind: Run\n")
    assert cli("check", fleet).code == 1


def test_the_house_rules_that_ship_with_the_program_can_be_named(fleet: Path, cli: Cli) -> None:
    text = (fleet / "fleet.yaml").read_text()
    (fleet / "fleet.yaml").write_text(text + "  policies: {bundles: [default]}\n")
    named = cli("check", fleet)
    assert "bundles" not in named.err
    (fleet / "fleet.yaml").write_text(text + "  policies: {bundles: [defualt]}\n")
    assert cli("check", fleet).code == 1
