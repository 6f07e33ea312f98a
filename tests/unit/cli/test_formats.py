import json
from xml.etree import ElementTree

import pytest

from jobtree.base.diagnostic import Diagnostic, Location, error, warning
from jobtree.cli.formats import WRITERS, OutputFormat, github, text

NASTY = 'a: "b", <c> & 100%\n::error::forged\x1b[31m'
FINDINGS = (
    error("JT204", NASTY, Location("runs/a b.yaml", 3, 7), notes=("1 > 0",), help="lower it"),
    warning("JT161", "the clone is shallow"),
)


def write(name: OutputFormat, findings: tuple[Diagnostic, ...] = FINDINGS) -> str:
    return WRITERS[name](findings)


@pytest.mark.parametrize("name", WRITERS)
def test_without_findings_every_format_is_valid(name: OutputFormat) -> None:
    written = write(name, ())
    if name is OutputFormat.JUNIT:
        assert ElementTree.fromstring(written).get("failures") == "0"
    elif name is OutputFormat.GITHUB:
        assert written == ""
    else:
        json.loads(written)


def test_json() -> None:
    value = json.loads(write(OutputFormat.JSON))
    assert (value["formatVersion"], value["errors"], value["warnings"]) == (1, 1, 1)
    assert value["diagnostics"][0] == {
        "code": "JT204",
        "severity": "error",
        "message": NASTY,
        "path": "runs/a b.yaml",
        "line": 3,
        "column": 7,
        "notes": ["1 > 0"],
        "help": "lower it",
    }
    assert value["diagnostics"][1]["path"] is None


def test_github_commands_cannot_be_forged() -> None:
    first, second = write(OutputFormat.GITHUB).splitlines()
    assert first.startswith('::error file=runs/a b.yaml,line=3,col=7,title=JT204::a: "b", <c> & 100%25\\x0a::error::')
    assert first.endswith("%0A1 > 0%0Ahelp: lower it")
    assert second == "::warning title=JT161::the clone is shallow"
    (odd,) = write(OutputFormat.GITHUB, (error("JT101", "x", Location("a,b:c%\n.yaml")),)).splitlines()
    assert odd.startswith("::error file=a%2Cb%3Ac%25%0A.yaml,line=1")


def test_github_shows_the_ten_worst_and_keeps_the_rest_in_the_log() -> None:
    odd = Location("::stop-commands::x.yaml", 1, 1)
    many = [warning("JT217", f"warning {number}", odd) for number in range(12)]
    findings = (*many, error("JT204", "::error::forged", Location("a.yaml", 1, 1)))
    said = write(OutputFormat.GITHUB, findings).splitlines()
    assert len(said) == 13
    assert said[0].startswith("::error file=a.yaml,line=1,col=1,title=JT204::")
    assert [line.startswith("::") for line in said] == [True] * 10 + [False] * 3
    assert said[-1] == "JT217 warning: ::stop-commands::x.yaml:1:1: warning 11"


def test_the_summary_of_a_job_is_a_table_of_text() -> None:
    told = github.summary(FINDINGS)
    assert told.startswith("### jobtree check: 1 error, 1 warning\n")
    assert "| runs/a b.yaml:3:7 | JT204 error |" in told
    assert "<c>" not in told
    assert github.summary(()) == "### jobtree check: nothing to object to\n"
    assert "and 1 finding more" in github.summary([warning("JT217", "same")] * (github.ROWS + 1))


def test_gitlab_fingerprints_are_unique_and_do_not_depend_on_the_line() -> None:
    def fingerprints(*lines: int) -> list[str]:
        findings = tuple(error("JT101", "same", Location("a.yaml", line)) for line in lines)
        return [issue["fingerprint"] for issue in json.loads(write(OutputFormat.GITLAB, findings))]

    assert fingerprints(1, 2) == fingerprints(5, 9)
    assert len(set(fingerprints(1, 2))) == 2
    issue = json.loads(write(OutputFormat.GITLAB))[0]
    assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
    assert issue["location"] == {"path": "runs/a b.yaml", "lines": {"begin": 3}}
    assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}


def test_sarif_has_the_shape_that_scanners_ask_for() -> None:
    sarif = json.loads(write(OutputFormat.SARIF))
    assert sarif["version"] == "2.1.0"
    (run,) = sarif["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["JT161", "JT204"]
    assert all(rule["shortDescription"]["text"] for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["message"]["text"]
    (place,) = run["results"][0]["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "runs/a%20b.yaml"},
        "region": {"startLine": 3, "startColumn": 7},
    }


def test_junit_counts_errors_as_failures_and_is_xml_whatever_the_text() -> None:
    suites = ElementTree.fromstring(write(OutputFormat.JUNIT))
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    (failure,) = suites.iter("failure")
    assert failure.get("type") == "JT204"
    assert "\\x1b[31m" in (failure.get("message") or "")
    assert failure.text == "1 > 0\nhelp: lower it"


def lines(finding: Diagnostic, source: bytes) -> list[str]:
    return [line.plain for line in text.lines([finding], {"runs/a b.yaml": source})]


def test_text_shows_the_line_and_a_caret() -> None:
    shown = lines(error("JT204", "no", FINDINGS[0].location, notes=("n",), help="h"), b"one\r\ntwo\nthree: x\n")
    assert shown == [
        "runs/a b.yaml:3:7: JT204 error: no",
        "  3 | three: x",
        "    |       ^",
        "  = n",
        "  help: h",
    ]


def test_text_escapes_and_keeps_the_caret_under_wide_letters() -> None:
    shown = lines(error("JT204", "\x1b[2J", FINDINGS[0].location), "\n\n日\x1b: zz x\n".encode())
    assert shown[0].endswith("error: \\x1b[2J")
    assert shown[1:] == ["  3 | 日\\x1b: zz x", "    |" + " " * 11 + "^"]


def test_text_cuts_long_lines_around_the_column() -> None:
    place = Location("runs/a b.yaml", 1, 5_001)
    shown = lines(error("JT204", "no", place), b"x" * 5_000 + b"y" + b"z" * 5_000)
    assert len(shown[1]) < 200
    assert shown[1][shown[2].index("^")] == "y"


@pytest.mark.parametrize("place", [Location("runs/a b.yaml", 99), Location("other.yaml"), None])
def test_text_without_a_line_to_show(place: Location | None) -> None:
    assert len(lines(error("JT204", "no", place), b"one\n")) == 1
