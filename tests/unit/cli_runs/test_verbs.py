"""What each verb prints about the example: the values are those of the real plan."""

import json
import shutil
from pathlib import Path

import pytest

from jobtree.cli.main import run as jobtree
from jobtree.cli.runs.nodes import node_ranges
from tests.unit.cli_runs.conftest import EXAMPLE, NOW, ROOT, Runs, submitted


def test_plan_says_what_a_reservation_waits_for(runs: Runs) -> None:
    done = runs("plan", "mm3")
    assert done.code == 0
    assert done.out.splitlines() == [
        "run: mm-aud/mm3",
        "decision: starts later (as of 2026-03-02T10:00Z)",
        "earliestStart: 2026-03-02T10:15Z",
        "expectedEnd: 2026-03-02T13:15Z",
        "width: 64 GPUs",
        "intendedSlice: domain=B (nodes b-02-b-09)",
        "payers: mm/mm/march 8 shared, mm-aud/mm-aud/march 56",
        "deficit: 60 GPUs in domain=B",
        "conflictSet: [run/mm-vis/mm1, run/mm-vis/mm2, run/rai-sys/ra2]",
        "remedies: shrink malleable (8), lottery (60)",
        "cutProbability: run/mm-vis/mm1 1 (exact), run/mm-vis/mm2 3/8 (exact), run/rai-sys/ra2 5/8 (exact)",
        "naturalStart: 2026-03-02T18:00Z",
        "confidence: contended",
        "reason: JT601 lacks 60 GPUs in us-west/gpu-a/B until others make room at 2026-03-02T10:15:00Z: "
        "shrink malleable (8); a lottery",
    ]


def test_plan_of_a_run_that_runs(runs: Runs) -> None:
    assert runs("plan", "rai-al/ra1").out.splitlines()[1:6] == [
        "decision: is running (as of 2026-03-02T10:00Z)",
        "started: 2026-03-02T06:00Z",
        "expectedEnd: 2026-03-06T06:00Z",
        "width: 64 GPUs",
        "slice: domain=A (nodes a-01-a-09)",
    ]


def test_plan_of_a_run_that_starts_or_is_refused(call: Runs, state: Path, tmp_path: Path) -> None:
    line = ("--state", state, "--now", "2026-03-02T18:00:00Z")
    later = call("plan", "mm3", *line).out
    assert "decision: starts now" in later
    assert "earliestStart: 2026-03-02T18:00Z" in later
    assert call("submit", "-f", submitted(tmp_path, "huge", gpus=400), *line).code == 0
    refused = call("plan", "huge", *line).out.splitlines()
    assert refused[1:3] == ["decision: is refused (as of 2026-03-02T18:00Z)", "earliestStart: none"]
    assert refused[-1].startswith("reason: JT501 needs 400 GPUs")


def test_plan_as_an_object_is_the_run_with_its_entry(runs: Runs) -> None:
    thing = json.loads(runs("plan", "mm3", "-o", "json").out)
    assert thing["kind"] == "Run"
    assert thing["spec"]["resources"]["totalGPUs"] == 64
    assert thing["status"]["plan"]["forecast"]["deficit"][0]["gpus"] == 60
    assert runs("plan", "mm3", "-o", "jsonpath={.status.plan.at}").out == "2026-03-02T10:15:00Z"
    assert runs("plan", "mm3", "-o", "name").out == "run.rq.davidlangworthy.io/mm3\n"
    assert "fact deficit: 60" in runs("plan", "mm3", "-o", "wide").out


@pytest.mark.parametrize("word", ["mm3", "mm-aud/mm3", "run/mm3", "run.rq.davidlangworthy.io/mm3"])
def test_a_run_is_named_as_kubectl_names_it(runs: Runs, word: str) -> None:
    assert runs("plan", word, "-o", "name").out.endswith("/mm3\n")


@pytest.mark.parametrize("verb", ["plan", "explain", "leases", "watch"])
def test_near_misses_are_named(runs: Runs, verb: str) -> None:
    done = runs(verb, "mm33")
    assert (done.code, done.out) == (1, "")
    assert "there is no run mm33; did you mean mm-aud/mm3?" in done.err


def test_a_name_in_two_namespaces_needs_one(runs: Runs, tmp_path: Path) -> None:
    assert runs("submit", "-f", submitted(tmp_path, "mm3")).code == 0
    done = runs("plan", "mm3")
    assert done.code == 1
    assert "mm3 is the name of 2 runs: mm-aud/mm3, mm-vis/mm3; say which with -n NAMESPACE" in done.err
    assert runs("plan", "mm3", "-n", "mm-vis").out.startswith("run: mm-vis/mm3\n")
    assert runs("plan", "mm-aud/mm3", "-n", "mm-vis").out.startswith("run: mm-aud/mm3\n")


def test_state_lists_runs(runs: Runs) -> None:
    rows = [line.split("   ") for line in runs("state").out.splitlines()]
    assert rows[0][0] == "NAMESPACE"
    found = {row[0].strip(): [cell.strip() for cell in row if cell.strip()] for row in rows}
    assert found["mm-aud"][2:] == [
        "Reserved", "64/64", "Mon 2 Mar 10:15 (in 15m)", "Mon 2 Mar 13:15", "Shared 8, Owned 56",
    ]  # fmt: skip
    assert len(rows) == 6
    assert len(runs("state", "--no-headers").out.splitlines()) == 5
    assert len(runs("state", "-n", "mm-vis", "--no-headers").out.splitlines()) == 2
    assert runs("state", "--owner", "org:ai:mm:aud", "-o", "name").out == "run.rq.davidlangworthy.io/mm3\n"


def test_what_is_over_is_listed_on_demand(runs: Runs, state: Path) -> None:
    text = state.read_text("utf-8")
    run = text.index("  kind: Run\n")
    over = text[run:].replace("phase: Pending", 'phase: Failed\n    finishedAt: "2026-03-02T09:30:00Z"', 1)
    state.write_text(text[:run] + over, encoding="utf-8")
    assert "mm3" not in runs("state").out
    assert "Failed" in runs("state", "--all").out
    assert "decision: is over" in runs("plan", "mm3").out


def test_leases_say_who_pays(runs: Runs) -> None:
    done = runs("leases", "ra1", "--no-headers").out.splitlines()
    assert len(done) == 9
    assert sum("rai/rai/march" in line and "Shared" in line and "Spare" in line for line in done) == 1
    assert all(line.endswith("Open") for line in done)
    by_owner = runs("leases", "--owner", "org:ai:rai", "--no-headers").out
    assert "ra1" in by_owner
    assert by_owner.count("\n") == 1
    assert "holds nothing" in runs("leases", "mm3").err


def test_budgets_usage_is_split_by_class(runs: Runs) -> None:
    header, *rows = runs("budgets", "usage").out.splitlines()
    cells = {row.split()[0]: dict(zip(header.split("   "), row.split(), strict=False)) for row in rows}
    columns = [title.strip() for title in header.split("  ") if title.strip()]
    assert columns[2:9] == ["GPUS", "CAP", "OWNED", "SHARED", "BORROWED", "UNFUNDED", "SPARE"]
    by_place = {name: row.split() for name, row in zip(cells, rows, strict=True)}
    assert by_place["rai/rai/march"][2:] == ["8", "8", "0", "8", "0", "0", "8", "8", "184", "none"]
    assert by_place["mm-vis/mm-vis/march"][2:] == ["52", "52", "52", "0", "0", "0", "0", "208", "464", "none"]
    usage = runs("budgets", "usage", "-o", "jsonpath={.items[0].status.usage[0].gpuSeconds.planned}").out
    assert usage == str(24 * 3600)
    assert len(runs("budgets", "usage", "--owner", "org:ai:rai", "--no-headers").out.splitlines()) == 1


def test_unfunded_work_has_a_line(runs: Runs, tmp_path: Path) -> None:
    path = submitted(tmp_path, "guest", namespace="rai-sys", owner="org:ai:rai:sys")
    text = path.read_text("utf-8").replace("duration: 1h", "duration: 10m")
    path.write_text(f"{text}  funding: {{allowOpportunistic: true}}\n", encoding="utf-8")
    assert runs("submit", "-f", path).code == 0
    row = next(line for line in runs("budgets", "usage").out.splitlines() if line.startswith("nobody"))
    assert row.split() == ["nobody", "org:ai:rai:sys", "4", "-", "-", "-", "-", "4", "-", "-", "-", "-"]


def test_explain_is_that_of_jobtree(runs: Runs) -> None:
    done = runs("explain", "mm3")
    assert done.code == 0
    assert "Why  JT601 lacks 60 GPUs" in done.out
    assert "3 candidates published" in done.out


def test_sponsors(runs: Runs, state: Path) -> None:
    assert "lists no sponsors" in runs("sponsors", "list", "mm3").err
    assert runs("sponsors", "add", "mm3", "org:ai:rai:sys", "org:ai:rai", "--max", "8").code == 0
    rows = [line.split() for line in runs("sponsors", "list", "mm3", "--no-headers").out.splitlines()]
    assert [row[:4] for row in rows] == [
        ["org:ai:rai:sys", "rai-sys/rai-sys/march", "H100-80GB", "no"],
        ["org:ai:rai", "rai/rai/march", "H100-80GB", "no"],
    ]
    lent = state.read_text("utf-8").replace("name: march\n", "name: march\n      lending: {allow: true}\n")
    state.write_text(lent, encoding="utf-8")
    assert runs("sponsors", "list", "mm3", "--no-headers").out.count("yes   no limit") == 2
    funding = json.loads(runs("sponsors", "list", "mm3", "-o", "json").out)["spec"]["funding"]
    assert funding == {"allowBorrow": True, "maxBorrowGPUs": 8, "sponsors": ["org:ai:rai:sys", "org:ai:rai"]}


def test_options_of_every_verb_stand_anywhere(call: Runs) -> None:
    first = call("--state", EXAMPLE, "--now", NOW, "-nmm-vis", "state")
    last = call("state", f"--state={EXAMPLE}", "--now", NOW, "--namespace", "mm-vis")
    assert first == last
    assert first.code == 0


@pytest.mark.parametrize(
    "line",
    [
        ("state", "-o", "xml"),
        ("state", "-o", "jsonpath={.a"),
        ("state", "-o", "jsonpath"),
        ("state", "--commit"),
        ("state", "--repo", "."),
        ("state", "--context", "x"),
        ("state", "-A", "-n", "x"),
        ("plan",),
        ("frobnicate",),
        ("watch", "--interval", "soon"),
        ("watch", "--interval", "0s"),
        ("shrink", "ra2", "--by", "0"),
        ("submit", "-f", "/nowhere"),
        ("completion", "tcsh"),
    ],
)
def test_wrong_usage_ends_with_64(runs: Runs, line: tuple[str, ...]) -> None:
    done = runs(*line)
    assert (done.code, done.out) == (64, "")
    assert "kubectl runs" in done.err
    assert "kubectl-runs" not in done.err


def test_ranges_of_nodes() -> None:
    assert list(node_ranges(["b03", "b01", "b02", "b08", "a", "b09", "b010"])) == ["a", "b01-b03", "b08", "b09", "b010"]
    assert list(node_ranges([])) == []


def test_what_files_say_is_escaped(runs: Runs, tmp_path: Path) -> None:
    path = submitted(tmp_path, "odd")
    text = path.read_text("utf-8").replace("name: odd,", r'name: odd, annotations: {a: "x\e[31m\u202e"},')
    path.write_text(text, encoding="utf-8")
    assert runs("submit", "-f", path).code == 0
    for form in ("json", "yaml", "jsonpath={.metadata.annotations.a}"):
        out = runs("plan", "odd", "-o", form).out
        assert "\x1b" not in out
        assert "\u202e" not in out
    assert json.loads(runs("plan", "odd", "-o", "json").out)["metadata"]["annotations"]["a"] == "x\x1b[31m\u202e"


def test_suggestions_are_those_of_jobtree_and_need_a_repository(
    runs: Runs, call: Runs, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    offline = runs("explain", "mm3", "--suggest")
    assert (offline.code, "--repo DIR" in offline.err) == (1, True)
    fleet = tmp_path / "fleet"
    shutil.copytree(ROOT / "examples" / "quickstart", fleet)
    asked = ("explain", "ablation", "--repo", fleet, "--now", "2026-03-02T09:00:00Z")
    told = call(*asked, "--suggest").out.partition("What would change it")[2]
    assert "more GPUs in envelope nlp/nlp/march" in told
    capfd.readouterr()
    jobtree(["explain", "ablation", str(fleet), "--suggest"])
    assert capfd.readouterr().out.partition("What would change it")[2] == told
    shutil.rmtree(fleet / "rendered")
    assert "run `jobtree compile` first" in call(*asked, "--suggest").err
