"""Each third-party library has one home, and the inner floors touch nothing of the world."""

import ast
import sys

import pytest

from tests.arch.source import imports, modules

HOMES = {
    "cel_expr_python": ("jobtree/adapters/cel_child.py",),
    "dask": ("jobtree/adapters/dask_cluster.py",),
    "distributed": ("jobtree/adapters/dask_cluster.py",),
    "highspy": ("jobtree/adapters/highs_child.py",),
    "jsonschema": ("jobtree/emit/schema_gate.py",),
    "kubernetes": ("jobtree/adapters/cluster.py",),
    "numpy": ("jobtree/plan/", "jobtree/milp/", "jobtree/simulate/baselines/"),
    "pulp": ("jobtree/adapters/cbc",),
    "pydantic": ("jobtree/load/wire",),
    "pydantic_core": ("jobtree/load/wire",),
    "rich": ("jobtree/cli/",),
    "ruamel": ("jobtree/load/yaml_reader.py",),
    "typer": ("jobtree/cli/",),
    "click": ("jobtree/cli/",),
    "urllib3": ("jobtree/adapters/cluster.py",),
    "yaml": ("jobtree/verify/",),
}
INNER = ("base", "model", "milp", "ledger", "cover", "plan", "resolve", "runtime")
WORLD = {
    "asyncio", "ctypes", "glob", "http", "io", "locale", "logging", "multiprocessing", "os", "pathlib", "random",
    "secrets", "select", "shutil", "signal", "socket", "ssl", "subprocess", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today"}
STRINGS_THAT_RUN = {"eval", "exec", "compile", "__import__"}


def third_party(name: str) -> str | None:
    top = name.split(".")[0]
    return None if top == "jobtree" or top in sys.stdlib_module_names else top


@pytest.mark.parametrize("path", modules())
def test_libraries_stay_at_home(path: str) -> None:
    for name in imports(modules()[path]):
        library = third_party(name)
        if library is not None:
            assert path.startswith(HOMES[library]), f"{path} imports {name}; its home is {HOMES[library]}"


@pytest.mark.parametrize("path", [path for path in modules() if path.split("/")[1] in INNER])
def test_inner_floors_touch_no_world(path: str) -> None:
    assert {name for name in imports(modules()[path]) if name.split(".")[0] in WORLD} == set()


@pytest.mark.parametrize(
    "path", [path for path in modules() if not path.startswith(("jobtree/adapters/", "jobtree/cli/"))]
)
def test_nobody_asks_the_clock_or_runs_a_string(path: str) -> None:
    for node in ast.walk(modules()[path]):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(attr=name):
                    assert name not in CLOCKS, f"{path}:{node.lineno} asks the clock"
                case ast.Name(id=name):
                    assert name not in STRINGS_THAT_RUN | {"open", "input", "hash"}, f"{path}:{node.lineno} {name}()"
