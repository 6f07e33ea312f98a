"""Names of nodes, short."""

import re
from collections.abc import Iterable, Iterator

_NUMBERED = re.compile(r"(.*?)([0-9]+)", re.DOTALL | re.ASCII)


def node_ranges(names: Iterable[str]) -> Iterator[str]:
    """Sorted names; three or more that count up by one, with numbers equally wide, become ``b01-b08``."""
    run: list[str] = []
    for name in sorted(set(names), key=_order):
        if run and not _follows(run[-1], name):
            yield from _shown(run)
            run = []
        run.append(name)
    yield from _shown(run)


def _order(name: str) -> tuple[str, int, str]:
    """Names that differ in an equally wide number stand together."""
    found = _NUMBERED.fullmatch(name)
    return (found[1], len(found[2]), found[2]) if found else (name, 0, "")


def _follows(before: str, after: str) -> bool:
    first, second = _NUMBERED.fullmatch(before), _NUMBERED.fullmatch(after)
    if first is None or second is None or first[1] != second[1] or len(first[2]) != len(second[2]):
        return False
    return int(second[2]) == int(first[2]) + 1


def _shown(run: list[str]) -> list[str]:
    return [f"{run[0]}-{run[-1]}"] if len(run) > 2 else run
