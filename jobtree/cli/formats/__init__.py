"""Diagnostics for people and for the tools that read them: one model, one module for each format."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from jobtree.base.diagnostic import Diagnostic
from jobtree.cli.formats import github, gitlab, json, junit, sarif

Writer = Callable[[Sequence[Diagnostic]], str]


class OutputFormat(StrEnum):
    """``--output-format``."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"
    JUNIT = "junit"


WRITERS: Mapping[OutputFormat, Writer] = {
    OutputFormat.JSON: json.write,
    OutputFormat.GITHUB: github.write,
    OutputFormat.GITLAB: gitlab.write,
    OutputFormat.SARIF: sarif.write,
    OutputFormat.JUNIT: junit.write,
}
"""All formats but text, which needs a terminal and the sources."""
