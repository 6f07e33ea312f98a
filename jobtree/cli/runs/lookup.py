"""The run that a word means, and what was probably meant where there is none."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from jobtree.base.words import count
from jobtree.cli.entries import Entry

_PREFIXES = ("run/", "runs/", "run.rq.davidlangworthy.io/")
_SHOWN = 3


def in_namespace(runs: Sequence[Entry], namespace: str | None) -> list[Entry]:
    """The entries of one namespace; all for None."""
    return [run for run in runs if namespace in (None, run["run"].partition("/")[0])]


def find_run(what: str, runs: Sequence[Entry], *, namespace: str | None) -> Entry | str:
    """The one entry that ``name``, ``namespace/name`` or ``run/name`` means; else a sentence that says what next.

    ``namespace/name`` means that namespace, whatever ``namespace`` says.
    """
    word = next((what.removeprefix(prefix) for prefix in _PREFIXES if what.startswith(prefix)), what)
    scope = None if "/" in word else namespace
    mine = in_namespace(runs, scope)
    found = [run for run in mine if word in (run["run"], run["run"].partition("/")[2])]
    if len(found) > 1:
        keys = ", ".join(run["run"] for run in found[:_SHOWN])
        return f"{word} is the name of {count(len(found), 'run')}: {keys}; say which with -n NAMESPACE"
    return found[0] if found else _unknown(word, mine, runs, scope)


def _unknown(word: str, mine: Sequence[Entry], runs: Sequence[Entry], namespace: str | None) -> str:
    near = _near(word, mine) or _near(word, runs)
    where = f" in namespace {namespace}" if namespace is not None else ""
    if near:
        return f"there is no run {word}{where}; did you mean {' or '.join(near)}?"
    return f"there is no run {word}{where}; `kubectl runs state --all` lists {count(len(runs), 'run')}"


def _near(word: str, runs: Sequence[Entry]) -> list[str]:
    """Keys that are spelled alike, by the whole key or by the name."""
    names: Mapping[str, str] = {run["run"].partition("/")[2]: run["run"] for run in runs}
    keys = [run["run"] for run in runs]
    close = [
        *get_close_matches(word, keys, n=_SHOWN),
        *(names[name] for name in get_close_matches(word, names, n=_SHOWN)),
    ]
    return list(dict.fromkeys(close))[:_SHOWN]
