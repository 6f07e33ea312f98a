"""jsonpath templates say what the real kubectl says; where they are stricter, the test says so."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.cli.runs import jsonpath
from jobtree.cli.runs.jsonpath import render
from jobtree.cli.runs.jsonpath_syntax import TemplateError, parse_template

KUBECTL = Path(sys.executable).parent / "kubectl"
THING = {
    "apiVersion": "rq.davidlangworthy.io/v1",
    "kind": "Run",
    "metadata": {"name": "a", "namespace": "n", "labels": {"a": "b", "x.y/z": "q"}},
    "spec": {
        "n": 3,
        "f": 1.5,
        "t": True,
        "z": None,
        "l": [1, 2, 3, 4],
        "m": [{"name": "p", "v": 1}, {"name": "q", "v": 2, "u": {"name": "deep"}}],
        "e": {},
    },
}
ALIKE = [
    "{.spec.n}", "{.spec.f}", "{.spec.t}", "{.spec.z}", "{.spec.e}", "{.spec.l}", "{.spec.l[*]}", "{.spec.m[0]}", "{}",
    "{@}", "{$}", "{$.kind}", "{@.kind}", "{ .kind }", '{.kind}{"\\n"}{.spec.n}', "x{.kind}y", "plain",
    ".kind", "{.kind}}",
    r"{.metadata.labels['x\.y/z']}", r"{.metadata.labels.x\.y/z}", "{['metadata']['name']}", "{['kind','apiVersion']}",
    "{.spec['m'][0]['name']}", "{.nope}", "{.spec.n.nope}", "{.spec.z.q}", "{.spec.z[0]}", "{.spec.m.name}",
    "{.spec.m[*].nope}", "{.spec.m[*].name}", "{.spec.m[*].u.name}", "{.spec..name}", "{..v}", "{.metadata..a}",
    "{.spec.l[1:3]}", "{.spec.l[-1]}", "{.spec.l[-1:]}", "{.spec.l[0,2]}", "{.spec.l[::2]}", "{.spec.l[0:-1]}",
    "{.spec.l[1:]}", "{.spec.l[:2]}", "{.spec.l[5:5]}", "{.spec.m[0:1].name}", "{.spec.m[0,1].name}",
    '{.spec.m[?(@.name=="q")].v}', "{.spec.m[?(@.name=='q')].v}", '{.spec.m[?( @.name == "q" )].v}',
    '{.spec.m[?("q"==@.name)].v}', '{.spec.m[?(@.u.name=="deep")].v}', "{.spec.m[?(@.v>1)].name}",
    "{.spec.m[?(@.v<=1)].name}", "{.spec.m[?(@.v!=1)].name}", "{.spec.m[?(@.u)].name}", "{.spec.l[?(@>2)]}",
    "{.spec.m[?(@.t==true)].name}", "{.spec.m[?(@.u.name)].v}", '{"a"}', r"{'b\n'}", r"{'it\'s'}",
    r'{"\u0041"}', "{'a\"b'}",
    r'{"a\"b"}', "{3}", "{-3}", "{true}", '{range .spec.m[*]}{.name}={.v}{"\\t"}{end}',
    "{range .spec.m[*]}[{.name}]{end} x",
    "{range .spec.m[*]}{@.name},{end}", "{range .spec.m[*]}{range .u}{.name}{end}-{end}", "{range .items[*]}{.x}{end}",
    "{range .spec}{.n}{end}", "{range .spec.l}{@}{end}",
]  # fmt: skip
REFUSED = [
    "{.spec", "{end}", "{kind}", "{[0]}", "{.spec.f[0]}", "{.spec.t[*]}", "{.spec.l[9]}", "{.spec.l[0:9]}",
    "{.spec.l[2:1]}",
    "{.spec.m[-5]}", "{.spec.l[::0]}", "{.spec.l[::-1]}", "{.spec.l[a]}", '{.spec["n"]}', '{.spec.m[?(@.name=~"p")].v}',
    '{.spec.m[?(@.name=="p"||@.name=="q")].v}', "{.spec.m[(@.length-1)]}", '{.spec.m[?(@..name=="deep")].v}',
    '{.spec.m[?(@.v=="1")].name}',
]  # fmt: skip
STRICTER = {
    "{.kind .apiVersion}": "",
    "{range .spec.m[*]}x": "xxx",
    '{.spec.m[?(@.name in "p")].v}': "1 2",
    "{.spec.l[]}": "1",
}
"""What kubectl prints though nothing like it was asked for; here it is refused."""


def kubectl(template: str, folder: Path) -> tuple[int, str]:
    path = folder / "thing.json"
    path.write_text(json.dumps(THING), encoding="utf-8")
    line = [KUBECTL, "label", "--local", "--dry-run=client", "-f", path, "a=b", "-o", f"jsonpath={template}"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("template", ALIKE)
def test_it_prints_what_kubectl_prints(template: str, tmp_path: Path) -> None:
    assert (0, render(parse_template(template), THING)) == kubectl(template, tmp_path)


@pytest.mark.parametrize("template", REFUSED)
def test_it_refuses_what_kubectl_refuses(template: str, tmp_path: Path) -> None:
    assert kubectl(template, tmp_path)[0] == 1
    with pytest.raises(TemplateError):
        render(parse_template(template), THING)


@pytest.mark.parametrize("template", STRICTER)
def test_slips_are_refused(template: str, tmp_path: Path) -> None:
    assert kubectl(template, tmp_path) == (0, STRICTER[template])
    with pytest.raises(TemplateError):
        render(parse_template(template), THING)


def test_names_with_dots_need_no_escape_in_quotes() -> None:
    assert render(parse_template("{.metadata.labels['x.y/z']}"), THING) == "q"


def test_the_order_is_that_of_names() -> None:
    assert render(parse_template("{.metadata.labels.*}"), {"metadata": {"labels": {"b": "2", "a": "1"}}}) == "1 2"
    assert render(parse_template("{..name}"), THING) == "a p q deep"


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonpath, "MOST", 1000)
    template = parse_template("{..}" + "")
    assert render(template, list(range(900)))
    with pytest.raises(TemplateError, match="looks at more than"):
        render(parse_template("{range .[*]}{range $.[*]}x{end}{end}"), list(range(100)))


def test_templates_are_bounded() -> None:
    with pytest.raises(TemplateError, match="nested more than"):
        parse_template("{range .a}" * 40 + "{end}" * 40)
    with pytest.raises(TemplateError, match="more than"):
        parse_template("x" * 70_000)


@given(st.text(alphabet="{}[]().*@$?=<>!'\"\\,:-0123abrange end\n", max_size=40))
def test_no_template_breaks_it(template: str) -> None:
    with contextlib.suppress(TemplateError):
        render(parse_template(template), THING)
