"""The page's JavaScript modules as one script, without a build tool (ADR 31).

Each file of ``page/`` is an ES module whose imports are lines like ``import { a, b } from './c.js';``. Files are put
one after another, each after all that it imports, by name where that leaves a choice; import lines and the word
``export`` are left out. All top-level names share one scope, so that they must differ: a test sees to it.
"""

import re
from collections.abc import Mapping

IMPORT = re.compile(r"^import \{ [\w, ]+ \} from '\./([\w]+\.js)';\n", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) )", re.MULTILINE)


def script_order(files: Mapping[str, str]) -> tuple[str, ...]:
    """File names, each after what it imports; LookupError for an import of nothing, ValueError for a cycle."""
    imports = {name: sorted(IMPORT.findall(files[name])) for name in sorted(files)}
    ordered: dict[str, None] = {}

    def place(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"these modules import each other: {' -> '.join((*path, name))}")
        for wanted in imports[name]:
            place(wanted, (*path, name))
        ordered.setdefault(name)

    for name in imports:
        place(name, ())
    return tuple(ordered)


def one_script(files: Mapping[str, str]) -> str:
    """All modules as the text of one strict script."""
    parts = [f"// {name}\n{EXPORT.sub('', IMPORT.sub('', files[name]))}" for name in script_order(files)]
    return "'use strict';\n" + "\n".join(parts)
