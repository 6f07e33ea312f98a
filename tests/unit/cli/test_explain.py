from pathlib import Path

import pytest

from jobtree.base.codes import TITLES
from jobtree.emit.shipped import shipped
from tests.unit.cli.conftest import NOW, Cli


def test_a_reservation_in_numbers(compiled: Path, cli: Cli) -> None:
    result = cli("explain", "vision/report", compiled)
    said = [" ".join(line.split()) for line in result.out.splitlines()]
    assert result.code == 0
    assert said[0] == "vision/report starts later"
    assert "start Mon 2 Mar 15:00 UTC, in 6h" in said
    assert any(line.startswith("Why JT514 ") for line in said)
    assert "0 us-west/gpu-a/A 8 west-04" in said
    assert "vision/vision/west org:vision 8 Owned" in said
    assert "us-west/gpu-a/A 8" in said
    assert any(line.startswith("The plan proven: ") for line in said)
    assert cli("explain", "report", compiled).out == result.out


def test_a_refusal(fleet: Path, cli: Cli) -> None:
    path = fleet / "runs" / "vision" / "evaluate.yaml"
    path.write_text(path.read_text().replace("totalGPUs: 8", "totalGPUs: 800"))
    cli("compile", fleet, "--now", NOW)
    said = cli("explain", "evaluate", fleet).out
    assert said.startswith("vision/evaluate is refused\n")
    assert "Where" not in said


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("reprot", "did you mean vision/report?"),
        ("vision/trian", "the plan has no run"),
        ("zzz", "the plan has 3 runs"),
    ],
)
def test_an_unknown_run_is_said_with_suggestions(compiled: Path, cli: Cli, what: str, words: str) -> None:
    result = cli("explain", what, compiled)
    assert (result.code, result.out) == (1, "")
    assert words in result.err


def test_a_name_in_two_namespaces_is_ambiguous(fleet: Path, cli: Cli) -> None:
    path = fleet / "runs" / "language" / "train.yaml"
    path.write_text(path.read_text().replace("name: train\n", "name: report\n"))
    cli("compile", fleet, "--now", NOW)
    result = cli("explain", "report", fleet)
    assert result.code == 1
    assert "language/report, vision/report" in result.err


def test_without_a_plan_it_says_what_to_do(fleet: Path, cli: Cli) -> None:
    assert "JT709" in cli("explain", "report", fleet).err
    cli("compile", fleet, "--now", NOW)
    (fleet / "rendered" / "plan.json").write_text("{")
    assert "missing or damaged" in cli("explain", "report", fleet).err


def test_a_code_is_its_page(cli: Cli) -> None:
    assert cli("explain", "JT403").out == (shipped("codes") / "JT403.md").read_text()
    assert cli("explain", "jt403").out == cli("explain", "JT403").out


def test_an_unknown_code_is_said_with_suggestions(cli: Cli) -> None:
    result = cli("explain", "JT4033")
    assert result.code == 1
    assert "JT403" in result.err


@pytest.mark.parametrize(
    "code", [code for code in TITLES if code[2] in "79" or code[:4] in ("JT15", "JT16", "JT17", "JT18")]
)
def test_our_codes_have_pages(code: str) -> None:
    text = (shipped("codes") / f"{code}.md").read_text()
    assert text.startswith(f"# {code}: {TITLES[code]}\n")
    assert "## What to do" in text


SHORT = """apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata: {name: wide, namespace: vision}
spec:
  owner: org:vision
  resources: {gpuType: H100-80GB, totalGPUs: 64, gpusPerPod: 8}
  runtime: {duration: 1h}
"""


def test_what_would_change_it_is_planned_before_it_is_said(fleet: Path, cli: Cli) -> None:
    (fleet / "runs" / "vision" / "wide.yaml").write_text(SHORT)
    cli("compile", fleet, "--now", NOW)
    hint = cli("explain", "wide", fleet)
    assert hint.out.splitlines()[-1].endswith(f"ask `jobtree explain vision/wide {fleet.as_posix()} --suggest`")
    result = cli("explain", "wide", fleet, "--suggest")
    said = [" ".join(line.split()) for line in result.out.splitlines()]
    told = next(line for line in said if line.startswith("What would change it"))
    assert "planned again on the same facts" in told
    at = next(number for number, line in enumerate(said) if " GPUs instead of 64 " in line)
    width = int(said[at].split()[0])
    assert said[at + 1] == f"spec.resources.totalGPUs: {width}"
    path = fleet / "runs" / "vision" / "wide.yaml"
    path.write_text(SHORT.replace("totalGPUs: 64", f"totalGPUs: {width}"))
    assert cli("compile", fleet, "--now", NOW).code == 0
    start = next(line for line in cli("explain", "wide", fleet).out.splitlines() if line.strip().startswith("start "))
    promised = said[at].partition(" instead of 64 ")[2].split(" ", 1)[1]
    assert promised.startswith(start.rpartition(", ")[2]), (promised, start)


def test_suggestions_are_about_the_documents_as_they_are(compiled: Path, cli: Cli) -> None:
    assert "waits for other runs" in cli("explain", "report", compiled, "--suggest").out
    path = compiled / "runs" / "vision" / "evaluate.yaml"
    path.write_text(path.read_text().replace("totalGPUs: 8", "totalGPUs: 16"))
    assert "documents have changed since this plan was made" in cli("explain", "report", compiled, "--suggest").err
    path.write_text(path.read_text().replace("name: report", "name: reports"))
    assert "the documents have no run vision/report any more" in cli("explain", "report", compiled, "--suggest").err
    path.write_text(path.read_text().replace("totalGPUs: 16", "totalGPUs: some"))
    broken = cli("explain", "report", compiled, "--suggest")
    assert (broken.code, "nothing can be planned again" in broken.err) == (1, True), broken.err


def test_a_run_that_starts_gets_no_suggestions(compiled: Path, cli: Cli) -> None:
    result = cli("explain", "vision/train", compiled)
    assert "--suggest" not in result.out
