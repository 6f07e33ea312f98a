"""``jobtree doctor gitops``: from files to findings in every format."""

import json
import shutil
from pathlib import Path

import pytest

from jobtree.cli.formats import OutputFormat
from tests.faults.delivery.test_delivery_faults import leases
from tests.unit.cli.conftest import Cli

DEPLOY = Path(__file__).parents[3] / "deploy"


@pytest.fixture
def settings(compiled: Path) -> Path:
    """A compiled fleet with the examples of deploy/ beside it."""
    shutil.copytree(DEPLOY, compiled / "deploy")
    return compiled


def test_sound_settings_are_counted(settings: Path, cli: Cli) -> None:
    result = cli("doctor", "gitops", settings)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("1 Application, 1 Flux Kustomization: nothing breaks a lease; ")
    assert result.out.endswith(" objects fit\n")


def test_findings_show_the_line_and_the_fix(settings: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    path = settings / "deploy" / "flux" / "jobtree.yaml"
    path.write_text(path.read_text().replace("./rendered/gpu-a\n", "./rendered/gpu-a\n  force: true\n"))
    monkeypatch.chdir(settings.parent)
    result = cli("doctor", "gitops", "fleet")
    assert (result.code, result.out) == (1, "")
    head, line, caret, note, hint, total = result.err.splitlines()
    assert head.startswith("fleet/deploy/flux/jobtree.yaml:42:3: JT751 error: ")
    assert line == "  42 |   force: true"
    assert caret == "     |   ^"
    assert note.startswith("  = ")
    assert hint == "  help: remove force"
    assert total == "1 error, 0 warnings"


@pytest.mark.parametrize("output_format", OutputFormat)
def test_every_format_carries_the_findings(
    settings: Path, cli: Cli, output_format: OutputFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(settings)
    assert cli("doctor", "gitops", "--output-format", output_format.value).code == 0
    (settings / "deploy" / "admission" / "open-leases.yaml").unlink()
    result = cli("doctor", "gitops", "--output-format", output_format.value)
    assert result.code == 1
    text = result.err if output_format is OutputFormat.TEXT else result.out
    assert "JT753" in text
    assert "deploy/flux/jobtree.yaml" in text


def test_warnings_alone_end_with_0(fleet: Path, cli: Cli) -> None:
    result = cli("doctor", "gitops", fleet)
    assert result.code == 0
    assert "JT765 warning: nothing here delivers rendered" in result.err


def test_the_output_may_be_elsewhere_and_is_measured(settings: Path, tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "elsewhere" / "rendered"
    (out / "gpu-a" / "vision" / "leases").mkdir(parents=True)
    big = out / "gpu-a" / "vision" / "leases" / "train.yaml"
    big.write_bytes(leases(1, extra="x" * 1_600_000))
    result = cli("doctor", "gitops", settings / "deploy", "--out", out, "--output-format", "json")
    assert result.code == 1
    (finding,) = json.loads(result.out)["diagnostics"]
    assert (finding["code"], finding["path"]) == ("JT760", str(big))
    shutil.copytree(out, settings / "rendered", dirs_exist_ok=True)
    inside = json.loads(cli("doctor", "gitops", settings, "--output-format", "json").out)["diagnostics"]
    assert [(one["code"], one["path"]) for one in inside] == [("JT760", "rendered/gpu-a/vision/leases/train.yaml")]


def test_a_kustomization_file_without_a_suffix_is_read(fleet: Path, cli: Cli) -> None:
    (fleet / "clusters").mkdir()
    (fleet / "clusters" / "Kustomization").write_text("resources: [../rendered/gpu-a]\nnamePrefix: x-\n")
    result = cli("doctor", "gitops", fleet)
    assert result.code == 1
    assert "clusters/Kustomization:2:1: JT756 error" in result.err


def test_the_folder_around_the_output_delivers_it(fleet: Path, cli: Cli) -> None:
    (fleet / "apps.yaml").write_text(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: ./, prune: true}\n"
    )
    assert "JT753" in cli("doctor", "gitops", fleet).err
    assert "JT753" not in cli("doctor", "gitops", fleet, "--out", fleet.parent / "elsewhere" / "rendered").err


def test_no_folder_is_jt155(tmp_path: Path, cli: Cli) -> None:
    result = cli("doctor", "gitops", tmp_path / "nowhere")
    assert result.code == 1
    assert "JT155" in result.err


def test_hostile_text_stays_text(fleet: Path, cli: Cli) -> None:
    (fleet / "apps.yaml").write_text(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        'spec: {path: rendered/x, interval: "\\e[31m[bold]\\u202e", prune: true}\n'
    )
    result = cli("doctor", "gitops", fleet)
    assert result.code == 1
    assert "\x1b" not in result.err
    assert "\u202e" not in result.err
