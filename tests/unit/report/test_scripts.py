"""The page's modules: their order, and what no script of ours may do."""

import re

import pytest

from jobtree.adapters.page_file import page_assets
from jobtree.report.scripts import IMPORT, one_script, script_order

ASSETS = page_assets()
FORBIDDEN = (
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "setAttribute('style'",
    "fetch(", "XMLHttpRequest", "WebSocket", "import(", "localStorage", "sendBeacon", "EventSource", "javascript:",
)  # fmt: skip
LONGEST = 300


def test_a_module_comes_after_what_it_imports() -> None:
    files = {
        "a.js": "import { b } from './b.js';\n",
        "b.js": "import { c } from './c.js';\nexport const b = c;\n",
        "c.js": "export const c = 1;\n",
        "d.js": "",
    }
    assert script_order(files) == ("c.js", "b.js", "a.js", "d.js")
    assert script_order(dict(reversed(files.items()))) == script_order(files)


def test_modules_that_import_each_other_are_refused() -> None:
    files = {"a.js": "import { b } from './b.js';\n", "b.js": "import { a } from './a.js';\n"}
    with pytest.raises(ValueError, match=re.escape("a.js -> b.js -> a.js")):
        script_order(files)


def test_an_import_of_nothing_is_refused() -> None:
    with pytest.raises(LookupError):
        script_order({"a.js": "import { b } from './b.js';\n"})


def test_imports_and_exports_become_constants() -> None:
    files = {"a.js": "import { b as c } from './b.js';\nc();\n", "b.js": "export function b() {}\n"}
    assert one_script(files) == (
        "'use strict';\nconst b_js = (() => {\nfunction b() {}\nreturn { b };\n})();\n"
        "const a_js = (() => {\nconst { b: c } = b_js;\nc();\nreturn {  };\n})();"
    )


@pytest.mark.parametrize("name", ASSETS.scripts)
def test_a_module_is_small_and_says_what_it_is(name: str) -> None:
    text = ASSETS.scripts[name]
    assert len(text.splitlines()) <= LONGEST
    assert text.startswith("// ")
    assert [word for word in FORBIDDEN if word in text] == []


@pytest.mark.parametrize("name", ASSETS.scripts)
def test_every_import_is_one_line_of_the_form_that_is_read(name: str) -> None:
    text = ASSETS.scripts[name]
    assert len(re.findall(r"^import\b", text, re.MULTILINE)) == len(IMPORT.findall(text))
    assert "export default" not in text
    assert "export {" not in text


@pytest.mark.parametrize("name", ASSETS.scripts)
def test_every_export_is_imported_somewhere(name: str) -> None:
    exported = re.findall(r"^export (?:async )?(?:function\*?|const|class) (\w+)", ASSETS.scripts[name], re.MULTILINE)
    taken = {
        word.split(" as ")[0].strip()
        for text in ASSETS.scripts.values()
        for words, module in IMPORT.findall(text)
        if f"{module}.js" == name
        for word in words.split(",")
    }
    assert set(exported) == taken


def test_no_part_ends_its_element() -> None:
    assert "</" not in one_script(ASSETS.scripts)
    assert "</" not in ASSETS.style
    assert "@import" not in ASSETS.style
    assert "url(" not in ASSETS.style
