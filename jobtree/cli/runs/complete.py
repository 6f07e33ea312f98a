"""``kubectl_complete-runs``: what kubectl asks when somebody presses tab after ``kubectl runs`` (ADR 30).

It answers at once or not at all, so it uses the standard library alone, reads a few mebibytes at most, and never plans.
kubectl calls it with the words after ``runs``, the last one being what is typed so far; it prints candidates, a line
each with a description behind a tab, and then ``:`` and a directive of kubectl's shell scripts.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

from jobtree.cli.runs.arguments import WITH_VALUE, WITHOUT_VALUE, parted, value_of
from jobtree.cli.runs.known import Known, known
from jobtree.cli.runs.verbs import FORMATS, GROUPS, SHELLS, VERBS, Verb

FILES, NO_FILES, FOLDERS = 0, 4, 16
"""Directives of kubectl's (cobra's) scripts: complete files, complete nothing else, complete folders only."""

_FOLDER_OPTIONS = ("--repo",)
_FILE_OPTIONS = ("--state", "--kubeconfig", "--filename", "-f")
Answer = tuple[list[str], int]


def answer(words: Sequence[str]) -> Answer:
    """Candidates for the last word, and the directive."""
    *before, typed = words or [""]
    if before and _wants_value(before[-1], before):
        return _values(before, typed)
    found, verb = _verb(before)
    if typed.startswith("-"):
        options = [*(verb.options if verb else ()), *WITH_VALUE.items(), *WITHOUT_VALUE.items()]
        return _starting(typed, [f"{name}\t{text}" for name, text in options]), NO_FILES
    if verb is None:
        return _starting(typed, _below(found)), NO_FILES
    at = len(_positional(before, verb)) - len(found)
    return _argument(verb, at, before, typed), NO_FILES


def _below(found: Sequence[str]) -> list[str]:
    """Verbs that may stand next, with what they do."""
    if found:
        return [f"{name.split()[1]}\t{verb.text}" for name, verb in VERBS.items() if name.startswith(f"{found[0]} ")]
    names = {**GROUPS, **{name: verb.text for name, verb in VERBS.items() if " " not in name}}
    return [f"{name}\t{names[name]}" for name in sorted(names)]


def _verb(before: Sequence[str]) -> tuple[list[str], Verb | None]:
    """The words of the verb so far, and the verb if they are one."""
    words = [word for word in parted(before)[1] if not word.startswith("-")]
    for size in (2, 1):
        if " ".join(words[:size]) in VERBS:
            return words[:size], VERBS[" ".join(words[:size])]
    return [word for word in words[:1] if word in GROUPS], None


def _positional(before: Sequence[str], verb: Verb) -> list[str]:
    """The words of the line that are no options and no values of options, those of the verb included."""
    words: list[str] = []
    rest = iter(parted(before)[1])
    for word in rest:
        if word in verb.valued:
            next(rest, None)
        elif not word.startswith("-"):
            words.append(word)
    return words


def _wants_value(word: str, before: Sequence[str]) -> bool:
    _, verb = _verb(before)
    return word in WITH_VALUE or (verb is not None and word in verb.valued)


def _values(before: Sequence[str], typed: str) -> Answer:
    option = before[-1]
    if option in _FILE_OPTIONS:
        return [], FILES
    if option in _FOLDER_OPTIONS:
        return [], FOLDERS
    match option:
        case "--output" | "-o":
            found = list(FORMATS)
        case "--owner":
            found = list(_known(before).owners)
        case "--namespace" | "-n":
            found = list(_known(before).namespaces)
        case _:
            found = []
    return _starting(typed, found), NO_FILES


def _argument(verb: Verb, at: int, before: Sequence[str], typed: str) -> list[str]:
    match verb.arguments[at : at + 1] or verb.arguments[-1:]:
        case ("RUN",) if at < len(verb.arguments):
            return _starting(typed, list(_run_names(before, typed)))
        case ("SPONSOR",):
            return _starting(typed, list(_known(before).owners))
        case ("SHELL",) if at < len(verb.arguments):
            return _starting(typed, list(SHELLS))
        case _:
            return []


def _run_names(before: Sequence[str], typed: str) -> Iterator[str]:
    """Names where they are unique, or one namespace is asked for; else with their namespaces."""
    namespace = value_of(before, "--namespace", "-n")
    runs = [run for run in _known(before).runs if namespace in (None, run[0])]
    names = [name for _, name in runs]
    for space, name in runs:
        yield f"{space}/{name}" if "/" in typed or names.count(name) > 1 else name


def _known(before: Sequence[str]) -> Known:
    return known(state=value_of(before, "--state"), repo=value_of(before, "--repo"))


def _starting(typed: str, candidates: Sequence[str]) -> list[str]:
    return [candidate for candidate in dict.fromkeys(candidates) if candidate.startswith(typed)]


def main() -> NoReturn:
    """The console script ``kubectl_complete-runs``. It never fails: no answer is an answer."""
    try:
        candidates, directive = answer(sys.argv[1:])
    except Exception:  # whoever presses tab wants no traceback on the line
        candidates, directive = [], NO_FILES
    sys.stdout.write("".join(f"{candidate}\n" for candidate in candidates) + f":{directive}\n")
    sys.exit(0)


if __name__ == "__main__":
    main()
