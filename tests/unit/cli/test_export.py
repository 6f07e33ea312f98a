"""``jobtree export codeowners``: printed, and held against the file that is committed."""

from pathlib import Path

from tests.unit.adapters.test_git import git
from tests.unit.cli.conftest import Cli


def test_what_is_printed_passes_its_check_and_drift_is_found(fleet: Path, cli: Cli) -> None:
    path = fleet / "CODEOWNERS"
    path.write_text(cli("export", "codeowners", fleet).out)
    assert "/budgets/vision.yaml @my-org/vision-leads" in path.read_text().splitlines()
    assert cli("export", "codeowners", fleet, "--check", path).code == 0
    path.write_text(path.read_text().replace("@my-org/vision-leads", "@mallory"))
    drift = cli("export", "codeowners", fleet, "--check", path)
    assert (drift.code, drift.out) == (1, "")
    assert "JT717" in drift.err
    assert "missing: /budgets/vision.yaml @my-org/vision-leads" in drift.err
    assert cli("export", "codeowners", fleet, "--check", fleet / "none").code == 1


def test_paths_are_those_of_the_repository(fleet: Path, cli: Cli) -> None:
    git(fleet.parent, "init", "-q", "-b", "main")
    assert "/fleet/budgets/vision.yaml @my-org/vision-leads" in cli("export", "codeowners", fleet).out.splitlines()


def test_a_fleet_that_is_wrong_has_none(fleet: Path, cli: Cli) -> None:
    (fleet / "fleet.yaml").write_text("kind: nothing")
    result = cli("export", "codeowners", fleet)
    assert (result.code, result.out) == (1, "")
