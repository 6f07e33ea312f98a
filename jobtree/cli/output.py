"""The output tree as commands read it back."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobtree.adapters.files import read_regular_file, read_tree
from jobtree.adapters.swap import restore
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.emit.lock import LOCK_PATH
from jobtree.emit.plan_json import FORMAT_VERSION, PLAN_PATH
from jobtree.emit.seal import SEAL_PATH


def read_output(out: Path) -> tuple[Mapping[str, bytes], tuple[Diagnostic, ...]]:
    """The tree as it stands, {} if there is none; JT702 if the disk refuses."""
    try:
        restore(out)
        return read_tree(out), ()
    except OSError as fault:
        why = fault.strerror or str(fault)
        return {}, (error("JT702", f"{out} cannot be read: {why}", help="check its permissions"),)


def need_output(out: Path) -> tuple[Mapping[str, bytes], tuple[Diagnostic, ...]]:
    """The tree as it stands; JT709 if nothing in the folder is from a compile, JT702 if the disk refuses."""
    if any((out / path).is_file() for path in (SEAL_PATH, PLAN_PATH, LOCK_PATH)):
        return read_output(out)
    return {}, (error("JT709", f"there is no output in {out}", help="run `jobtree compile` first"),)


def need_plan(out: Path) -> tuple[Mapping[str, bytes], tuple[Diagnostic, ...]]:
    """The plan alone of a tree, which is quicker than all of it; JT709 and JT702 as for ``need_output``."""
    try:
        restore(out)
        return {PLAN_PATH: read_regular_file(out / PLAN_PATH)}, ()
    except OSError:
        return need_output(out)


def parse_plan(tree: Mapping[str, bytes]) -> Any:
    """plan.json as a value; None if it is missing, damaged or of another format."""
    try:
        plan = json.loads(tree[PLAN_PATH])
        return plan if plan["formatVersion"] == FORMAT_VERSION else None
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
