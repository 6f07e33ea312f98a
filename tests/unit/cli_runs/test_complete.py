"""What tab offers, and what it costs: nothing but the standard library is imported."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from jobtree.cli.runs.app import app
from jobtree.cli.runs.arguments import WITH_VALUE, WITHOUT_VALUE, hoisted, value_of
from jobtree.cli.runs.complete import answer
from jobtree.cli.runs.known import known
from jobtree.cli.runs.verbs import FORMATS, GROUPS, VERBS
from tests.unit.cli_runs.conftest import EXAMPLE, ROOT

STATE = ("--state", str(EXAMPLE))
QUICKSTART = ("--repo", str(ROOT / "examples" / "quickstart"))


def names(*words: str) -> list[str]:
    candidates, directive = answer(words)
    assert directive == 4
    return [candidate.partition("\t")[0] for candidate in candidates]


def commands() -> dict[str, object]:
    found: dict[str, object] = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]  # it is a group
        inner = getattr(command, "commands", {})
        found |= {f"{name} {below}": one for below, one in inner.items()} or {name: command}
    return found


def options(command: object) -> dict[str, bool]:
    """Names of the options of a command, and whether each has a value."""
    found = {}
    for parameter in command.params:  # type: ignore[attr-defined]  # a click command
        if parameter.param_type_name == "option":
            for name in (*parameter.opts, *parameter.secondary_opts):
                found[name] = not parameter.is_flag
    return found


def test_the_table_is_that_of_the_command() -> None:
    assert sorted(commands()) == sorted(VERBS)
    assert {name.split()[0] for name in VERBS if " " in name} == set(GROUPS)
    for name, command in commands().items():
        verb = VERBS[name]
        known_options = {**dict.fromkeys(verb.valued, True), **dict.fromkeys(verb.flags, False)}
        assert options(command) == known_options, name
        arguments = [one for one in command.params if one.param_type_name == "argument"]  # type: ignore[attr-defined]
        assert len(arguments) == len(verb.arguments), name


def test_options_of_every_verb_are_those_of_the_command() -> None:
    found = options(typer.main.get_command(app))
    del found["--version"]
    assert found == {**dict.fromkeys(WITH_VALUE, True), **dict.fromkeys(WITHOUT_VALUE, False)}


def test_verbs() -> None:
    assert names("") == sorted({name.split()[0] for name in VERBS})
    assert names("s") == ["shrink", "sponsors", "state", "submit"]
    assert names("sponsors", "") == ["add", "list"]
    assert names(*STATE, "budgets", "u") == ["usage"]
    assert names("budgets", "-n", "x", "") == ["usage"]


def test_options() -> None:
    assert names("state", "--o") == ["--output", "--owner"]
    assert "--state" in names("plan", "--")
    assert names("state", "-o", "") == list(FORMATS)
    assert names("completion", "") == ["bash", "fish", "zsh"]
    assert names("completion", "bash", "") == []


def test_files_and_folders() -> None:
    assert answer(["--state", ""]) == ([], 0)
    assert answer(["submit", "-f", "x"]) == ([], 0)
    assert answer(["state", "--repo", ""]) == ([], 16)


@pytest.mark.parametrize("verb", ["plan", "watch", "explain", "leases", "shrink"])
def test_runs(verb: str) -> None:
    assert names(*STATE, verb, "") == ["mm3", "mm1", "mm2", "ra1", "ra2"]
    assert names(verb, *STATE, "m") == ["mm3", "mm1", "mm2"]
    assert names(verb, "-n", "mm-vis", *STATE, "") == ["mm1", "mm2"]
    assert names(verb, *STATE, "mm-vis/") == ["mm-vis/mm1", "mm-vis/mm2"]
    assert names(verb, "mm3", *STATE, "") == []


def test_owners() -> None:
    assert names("state", *STATE, "--owner", "org:ai:mm:") == ["org:ai:mm:aud", "org:ai:mm:vis"]
    assert names("sponsors", "add", *STATE, "mm3", "org:ai:rai:") == ["org:ai:rai:al", "org:ai:rai:sys"]
    assert names("sponsors", "add", *STATE, "mm3", "org:ai:rai", "org:ai:mm:v") == ["org:ai:mm:vis"]
    assert names("sponsors", "list", *STATE, "mm3", "") == []
    assert names("state", *STATE, "-n", "") == ["mm-aud", "mm-vis", "rai-al", "rai-sys"]


def test_repositories(tmp_path: Path) -> None:
    assert names("plan", *QUICKSTART, "weekly-e") == ["weekly-evals-large", "weekly-evals-small"]
    folder = tmp_path / "rendered" / "gpu-a" / "nlp" / "reservations"
    folder.mkdir(parents=True)
    (folder / "ablation.yaml").touch()
    assert names("plan", "--repo", str(tmp_path), "") == ["ablation"]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: rq.davidlangworthy.io/v1\nkind: Run\nmetadata: {name: a, namespace: n}\nspec: {owner: 'o:x'}\n",
        "kind: List\napiVersion: v1\nitems:\n- apiVersion: rq.davidlangworthy.io/v1\n  kind: Run\n  metadata:\n"
        "    labels:\n      name: no\n    name: a\n    namespace: n\n  spec:\n    owner: o:x\n",
        "kind: List\nitems:\n  - apiVersion: rq.davidlangworthy.io/v1\n    kind: Run\n"
        '    metadata: {namespace: n, name: a}\n    spec:\n      owner: "o:x"\n',
        '{"items": [{"kind": "Run", "metadata": {"name": "a", "namespace": "n"}, "spec": {"owner": "o:x"}}]}',
    ],
)
def test_layouts_of_snapshots(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.yaml"
    path.write_text(text, encoding="utf-8")
    assert known(state=str(path), repo=None) == ((("n", "a"),), ("o:x",), ("n",))


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{'a': [}", b"\xff\xfe", b'{"items": 3}', b'{"items": [{"kind": 1, "spec": 2}]}']
)
def test_odd_files_offer_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "state.yaml"
    path.write_bytes(data)
    assert names("plan", "--state", str(path), "") == []
    assert names("plan", "--state", str(tmp_path / "none"), "") == []


def test_odd_names_are_not_offered(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(
        '{"items": [{"kind": "Run", "metadata": {"name": "a\\n$(x)", "namespace": "n"}}]}', encoding="utf-8"
    )
    assert names("plan", "--state", str(path), "") == []


def test_nothing_but_the_standard_library_is_imported() -> None:
    program = (
        "import sys; before = set(sys.modules)\n"
        "from jobtree.cli.runs import complete\n"
        f"complete.answer(['plan', '--state', {str(EXAMPLE)!r}, 'm'])\n"
        "print('\\n'.join({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert set(done.stdout.split()) - set(sys.stdlib_module_names) == {"jobtree"}


def test_the_console_script_never_fails() -> None:
    script = Path(sys.executable).parent / "kubectl_complete-runs"
    done = subprocess.run([script], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n:4\n")
    done = subprocess.run([script, "plan", "--state", "/dev/null", ""], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (":4\n", "")


def test_hoisting() -> None:
    assert hoisted(["plan", "a", "-n", "x", "--", "-n", "y"]) == ["-n", "x", "plan", "a", "--", "-n", "y"]
    assert hoisted(["state", "--all", "-A", "--now=T", "-nz", "--state"]) == [
        "-A", "--now=T", "-nz", "--state", "state", "--all",
    ]  # fmt: skip
    assert value_of(["-n", "a", "--namespace=b", "-nc"], "-n", "--namespace") == "c"
    assert value_of(["x"], "-n") is None
