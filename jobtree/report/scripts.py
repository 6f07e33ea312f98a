"""The page's JavaScript modules as one script, without a build tool (ADR 31).

Each file of ``page/`` is an ES module whose imports are lines like ``import { a, b } from './c.js';`` and whose exports
are functions and constants. Files are put one after another, each after all that it imports, by name where that leaves
a choice. Each becomes a function of its own that is called once and returns what the file exports.
"""

import re
from collections.abc import Mapping

IMPORT = re.compile(r"^import \{ ([\w, ]+) \} from '\./(\w+)\.js';$", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)


def script_order(files: Mapping[str, str]) -> tuple[str, ...]:
    """File names, each after what it imports; LookupError for an import of nothing, ValueError for a cycle."""
    imports = {name: sorted(f"{found[1]}.js" for found in IMPORT.findall(files[name])) for name in sorted(files)}
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
    return "'use strict';\n" + "\n".join(_wrapped(name, files[name]) for name in script_order(files))


def _wrapped(name: str, text: str) -> str:
    """``const dom_js = (() => {...; return { el, put }; })();``"""
    body = EXPORT.sub("", IMPORT.sub(_taken, text))
    exports = ", ".join(found[1] for found in EXPORT.finditer(text))
    return f"const {name.removesuffix('.js')}_js = (() => {{\n{body}return {{ {exports} }};\n}})();"


def _taken(found: re.Match[str]) -> str:
    """An import as the constants that it brings: ``{ a as b }`` of a module is ``{ a: b }`` of an object."""
    return f"const {{ {found[1].replace(' as ', ': ')} }} = {found[2]}_js;"
