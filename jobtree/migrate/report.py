"""MIGRATION.md: what an import mapped, what changed its meaning, what it left behind. Every text is escaped."""

from collections.abc import Iterator, Mapping, Sequence

from jobtree.base.markup import escaped
from jobtree.base.words import count
from jobtree.migrate.migration import Migration, Note, Outcome

PATH = "MIGRATION.md"
_MOST_NAMES = 50
_TITLES = {
    Outcome.CHANGED: ("Changed its meaning", "What is here in another form. Read every line."),
    Outcome.DROPPED: ("Not mapped", "What has no counterpart, or was left out on purpose."),
    Outcome.MAPPED: ("Mapped", "What means the same as before."),
}
"""In the order of the report: what needs reading first."""


def counts(notes: Sequence[Note]) -> Mapping[Outcome, int]:
    """How many lines there are of each outcome, in the order of the report."""
    return {outcome: sum(note.outcome is outcome for note in notes) for outcome in _TITLES}


def report(migration: Migration, *, origin: str, instant: str) -> bytes:
    """The report as Markdown, UTF-8. ``origin``: what was imported from; ``instant``: as of when."""
    lines = list(_lines(migration, origin, instant))
    return ("\n".join(lines) + "\n").encode("utf-8")


def _lines(migration: Migration, origin: str, instant: str) -> Iterator[str]:
    found = counts(migration.notes)
    yield f"# Imported from {escaped(origin)}"
    yield ""
    summary = ", ".join(f"{number:,} {outcome}" for outcome, number in found.items())
    yield f"As of {escaped(instant)}: {count(len(migration.files), 'file')}, {summary}."
    yield ""
    yield "This file is for people: jobtree does not read it. Delete it when everything in it is decided."
    for outcome, (title, what) in _TITLES.items():
        rows = _grouped(note for note in migration.notes if note.outcome is outcome)
        if rows:
            yield from ("", f"## {title}", "", what, "", "| was | is now | what it means |", "| --- | --- | --- |")
            yield from (f"| {sources} | {targets} | {text} |" for sources, targets, text in rows)


def _grouped(notes: Iterator[Note]) -> list[tuple[str, str, str]]:
    """Cells of the rows, in the order in which they first come. What became nothing for the same reason is one row."""
    rows: dict[tuple[str, str | None, str], list[str]] = {}
    for note in notes:
        own = note.source if note.target is not None else ""
        rows.setdefault((note.text, note.target, own), []).append(note.source)
    return [(_cell(sources), escaped(target or "—"), escaped(text)) for (text, target, _), sources in rows.items()]


def _cell(names: Sequence[str]) -> str:
    once = list(dict.fromkeys(names))
    more = len(once) - _MOST_NAMES
    shown = "<br>".join(map(escaped, once[:_MOST_NAMES]))
    return shown + (f"<br>and {more:,} more" if more > 0 else "")
