"""What the documents show is true: commands run, outputs agree, links lead somewhere, the glossary is in use."""

import re
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, Workspace, anchors, documents, fault, fits, is_story, links, shown

TEXTS = {path: path.read_text(encoding="utf-8") for path in documents()}
NAMES = {str(path.relative_to(ROOT)): path for path in TEXTS}


def test_every_command_shown_runs(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    faults = [
        f"{name}: {found}"
        for name, path in NAMES.items()
        if not is_story(path)
        for command in shown(TEXTS[path])
        if (found := fault(command, workspace.run(command.line))) is not None
    ]
    assert not faults, "\n\n".join(faults)


@pytest.mark.parametrize("name", [name for name, path in NAMES.items() if is_story(path)])
def test_a_guide_can_be_followed(name: str, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "guide", story=True)
    commands = shown(TEXTS[NAMES[name]], story=True)
    assert commands, "a guide has commands"
    for command in commands:
        found = fault(command, workspace.run(command.line))
        assert found is None, found


def test_the_documents_show_every_command_of_this_version() -> None:
    verbs = {command.line.split()[1] for text in TEXTS.values() for command in shown(text)}
    assert {"init", "check", "compile", "verify", "explain"} <= verbs


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    path = NAMES[name]
    broken = []
    for target in links(TEXTS[path]):
        file, _, anchor = target.partition("#")
        place = (path.parent / file).resolve() if file else path
        if not place.exists() or (anchor and anchor not in anchors(place.read_text(encoding="utf-8"))):
            broken.append(target)
    assert broken == []


def test_every_word_of_the_glossary_is_used() -> None:
    glossary = ROOT / "docs" / "glossary.md"
    words = re.findall(r"^\| ([a-z][a-z -]*) \|", TEXTS[glossary], re.MULTILINE)[1:]
    others = "\n".join(text for path, text in TEXTS.items() if path != glossary).lower()
    assert len(words) > 30
    assert [word for word in words if not re.search(rf"\b{word}", others)] == []


def test_the_glossary_is_sorted() -> None:
    words = re.findall(r"^\| ([a-z][a-z -]*) \|", TEXTS[ROOT / "docs" / "glossary.md"], re.MULTILINE)[1:]
    assert words == sorted(words)


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        (("a", "b"), ("a", "b"), True),
        (("a", "..."), ("a", "b", "c"), True),
        (("...", "c"), ("a", "b", "c"), True),
        (("a", "...", "c"), ("a", "c"), True),
        (("a",), ("a", "b"), False),
        (("a", "...", "d"), ("a", "b", "c"), False),
    ],
)
def test_elision(expected: tuple[str, ...], actual: tuple[str, ...], *, same: bool) -> None:
    assert fits(expected, actual) is same


def test_a_wrong_exit_code_and_a_wrong_output_are_faults(tmp_path: Path) -> None:
    text = "<!-- exit: 1 -->\n```console\n$ jobtree explain JT403\nnonsense\n```\n"
    (command,) = shown(text)
    ran = Workspace(tmp_path).run(command.line)
    assert "ended with 0, not 1" in (fault(command, ran) or "")
    (command,) = shown(text.replace("<!-- exit: 1 -->\n", ""))
    assert "prints something else" in (fault(command, ran) or "")
