from pathlib import Path

from tests.unit.adapters.test_git import commit, git
from tests.unit.cli.conftest import NOW, Cli


def test_a_proven_tree(compiled: Path, cli: Cli) -> None:
    result = cli("verify", compiled)
    assert (result.code, result.err) == (0, "")
    assert "every invariant holds" in result.out
    assert "checked 3 decisions, 5 pods, 2 envelopes, 6 inputs, 7 output files" in result.out


def test_a_lease_that_was_tampered_with_is_exit_4(compiled: Path, cli: Cli) -> None:
    path = compiled / "rendered" / "gpu-a" / "vision" / "leases" / "evaluate.yaml"
    path.write_text(path.read_text().replace("2026-03-02T15:00:00Z", "2026-03-02T15:00:01Z"))
    result = cli("verify", compiled)
    assert result.code == 4
    assert any(line.startswith("seal: ") for line in result.out.splitlines())
    assert result.out.splitlines()[-1].endswith("violations")


def test_a_changed_input_is_exit_4(compiled: Path, cli: Cli) -> None:
    path = compiled / "budgets" / "vision.yaml"
    path.write_text(path.read_text().replace("concurrency: 16", "concurrency: 15"))
    result = cli("verify", compiled)
    assert result.code == 4
    assert "input-digest: " in result.out


def test_a_tree_without_plan_json_is_exit_4(compiled: Path, cli: Cli) -> None:
    (compiled / "rendered" / "plan.json").unlink()
    assert cli("verify", compiled).code == 4


def test_no_output_is_jt709(fleet: Path, cli: Cli) -> None:
    result = cli("verify", fleet)
    assert (result.code, result.out) == (1, "")
    assert "JT709" in result.err


def test_a_tree_that_was_compiled_against_a_base_is_verified_against_it(compiled: Path, cli: Cli) -> None:
    git(compiled, "init", "-q", "-b", "main")
    commit(compiled, 1)
    text = (compiled / "fleet.yaml").read_text()
    (compiled / "fleet.yaml").write_text(text.replace("name: my-fleet", "name: renamed"))
    assert cli("compile", compiled, "--now", NOW, "--base", "main").code == 0
    assert cli("verify", compiled, "--base", "main").code == 0
    assert "JT163" in cli("verify", compiled, "--base", "nowhere").err
