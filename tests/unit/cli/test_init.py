import json
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.unit.cli.conftest import NOW, Cli


def test_what_it_writes_is_sound_and_compiles(fleet: Path, cli: Cli) -> None:
    checked = cli("check", fleet)
    assert (checked.code, checked.err) == (0, "")
    assert cli("compile", fleet, "--now", NOW).code == 0
    decisions = [run["decision"] for run in json.loads((fleet / "rendered" / "plan.json").read_text())["runs"]]
    assert sorted(decisions) == ["reserve", "start", "start"]


def test_it_brings_ci_hooks_and_editor_schemas(fleet: Path) -> None:
    workflow = yaml.safe_load((fleet / ".github" / "workflows" / "jobtree.yml").read_text())
    commands = [step.get("run", "") for step in workflow["jobs"]["compile"]["steps"]]
    assert any("jobtree compile --locked --check" in command for command in commands)
    assert yaml.safe_load((fleet / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"][0]["id"]
    settings = json.loads((fleet / ".vscode" / "settings.json").read_text())["yaml.schemas"]
    assert settings
    for schema, globs in settings.items():
        json.loads((fleet / schema).read_text())
        assert all(any(fleet.glob(pattern)) for pattern in globs if not pattern.startswith("policies"))


def test_the_editors_schema_knows_every_kind(fleet: Path) -> None:
    folder = fleet / ".jobtree" / "schemas"
    schemas = {path.name: json.loads(path.read_text()) for path in folder.glob("*.json")}
    registry = Registry().with_resources((name, Resource(schema, DRAFT202012)) for name, schema in schemas.items())
    validator = Draft202012Validator(schemas["all.json"], registry=registry)
    documents = [found for path in fleet.glob("[btr]*/**/*.yaml") for found in json_documents(path)]
    assert len(documents) == 6
    for document in documents:
        validator.validate(document)
        assert not validator.is_valid({**document, "spec": {"unknown": 1}})


def json_documents(path: Path) -> list[dict[str, Any]]:
    loader = type(
        "Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": dict(yaml.SafeLoader.yaml_implicit_resolvers)}
    )
    loader.yaml_implicit_resolvers = {
        first: [pair for pair in pairs if not pair[0].endswith("timestamp")]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return list(yaml.load_all(path.read_text(), loader))


def test_it_never_overwrites(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "fleet.yaml").write_text("mine")
    first = cli("init", tmp_path)
    assert (first.code, "kept" in first.err) == (0, True)
    assert (tmp_path / "fleet.yaml").read_text() == "mine"
    (tmp_path / "README.md").write_text("edited")
    assert cli("init", tmp_path).out.startswith("Wrote 0 files")
    assert (tmp_path / "README.md").read_text() == "edited"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "file").write_text("x")
    result = cli("init", tmp_path / "file")
    assert result.code == 1
    assert result.err.startswith("error: ")
