"""The health checks of deploy/, run as Argo CD and Flux run them."""

import functools
from pathlib import Path
from typing import Any

import yaml
from cel_expr_python import cel
from lupa import lua51

DEPLOY = Path(__file__).parents[3] / "deploy"
GROUP = "rq.davidlangworthy.io"
CLOSED_LIBRARIES = ("coroutine", "debug", "dofile", "io", "loadfile", "math", "python", "string")

Object = dict[str, Any]


def documents(path: str) -> list[Object]:
    return list(yaml.safe_load_all((DEPLOY / path).read_text()))


@functools.cache
def scripts() -> dict[str, str]:
    """Health scripts by kind, out of the ConfigMap."""
    (settings,) = documents("argocd/argocd-cm.yaml")
    prefix = f"resource.customizations.health.{GROUP}_"
    return {key.removeprefix(prefix): text for key, text in settings["data"].items() if key.startswith(prefix)}


def run_lua(script: str, obj: Object) -> tuple[str, str]:
    """Status and message. Argo CD opens base, table, package and the harmless half of os: no strings, no files."""
    lua = lua51.LuaRuntime(register_eval=False, register_builtins=False)
    lua.execute("os = {time = os.time, date = os.date}; getmetatable('').__index = nil")
    for name in CLOSED_LIBRARIES:
        lua.globals()[name] = None
    lua.globals()["obj"] = _table(lua, obj)
    found = lua.execute(script)
    return found["status"], found["message"]


def _table(lua: Any, value: object) -> object:
    match value:
        case dict():
            return lua.table_from({key: _table(lua, item) for key, item in value.items() if item is not None})
        case list():
            return lua.table_from([_table(lua, item) for item in value])
    return value


@functools.cache
def expressions() -> dict[str, Object]:
    """Health expressions by kind, out of the Kustomizations."""
    found = [one for document in documents("flux/jobtree.yaml") for one in document["spec"].get("healthCheckExprs", ())]
    return {one["kind"]: one for one in found}


def is_true(expression: str, variables: Object) -> bool:
    """CEL as Kubernetes and Flux have it: a variable without a value is an error where it is looked at."""
    environment = cel.NewEnv(variables=dict.fromkeys((*variables, "status"), cel.Type.DYN))
    value = environment.compile(expression).eval(data=variables)
    if value.type() == cel.Type.ERROR:
        raise RuntimeError(value.plain_value())
    return value.plain_value() is True


def flux_health(checks: Object, thing: Object) -> str:
    """In Flux's order (its RFC 9): the top-level fields are the variables, and one that is missing is an error."""
    for name, health in (("inProgress", "InProgress"), ("failed", "Failed"), ("current", "Current")):
        if name in checks and is_true(checks[name], thing):
            return health
    return "InProgress"
