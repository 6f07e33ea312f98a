"""Options that every verb has, wherever they stand on the line, as users of kubectl write them.

The standard library alone: completion reads the line with this, and must answer at once.
"""

from collections.abc import Mapping, Sequence

WITH_VALUE: Mapping[str, str] = {
    "--state": "a snapshot: what kubectl get -A -o yaml printed",
    "--repo": "a fleet repository",
    "--branch": "commit to this branch",
    "--now": "plan as of this instant",
    "--namespace": "the namespace of the request",
    "-n": "the namespace of the request",
    "--kubeconfig": "the kubeconfig file",
    "--context": "the context of the kubeconfig file",
}
WITHOUT_VALUE: Mapping[str, str] = {
    "--commit": "commit what was edited",
    "--all-namespaces": "all namespaces",
    "-A": "all namespaces",
    "--color": "colours, on a terminal",
    "--no-color": "no colours",
}


def parted(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The options of every verb with their values, and the rest of the line; what is after ``--`` is of the rest."""
    common: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in WITH_VALUE:
            common += [word, *([value] if (value := next(words, None)) is not None else [])]
        elif word in WITHOUT_VALUE or _is_attached(word):
            common.append(word)
        else:
            rest.append(word)
    return common, rest


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The line with the options of every verb in front of the verb."""
    common, rest = parted(arguments)
    return [*common, *rest]


def value_of(arguments: Sequence[str], *names: str) -> str | None:
    """The last value that an option of every verb has on the line: ``--name VALUE``, ``--name=VALUE``, ``-nVALUE``."""
    found = None
    for at, word in enumerate(arguments):
        for name in names:
            if word == name and at + 1 < len(arguments):
                found = arguments[at + 1]
            elif _is_attached(word) and word.startswith(f"{name}=" if name.startswith("--") else name):
                found = word.removeprefix(name).removeprefix("=")
    return found


def _is_attached(word: str) -> bool:
    """Whether an option of every verb and its value are one word."""
    if word.startswith("--"):
        return "=" in word and word.partition("=")[0] in WITH_VALUE
    return len(word) > 2 and word[:2] in WITH_VALUE
