"""A review as a comment on a pull request: harms first, at most 60 KB, every name escaped.

Nothing of a repository becomes markup: no mention, link, image, reference, tag or table cell of a file's author.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from jobtree.base.markup import escaped
from jobtree.base.moments import span
from jobtree.base.plain import plain
from jobtree.base.words import count
from jobtree.review import tables, timeline
from jobtree.review.review import Review
from jobtree.review.words import gap, irrevocable, ruled, verdict, waiting

MOST_BYTES = 60_000
_ROWS = (200, 60, 20, 8, 2, 0)
_DRAWN = 12


def markdown(review: Review) -> str:
    """The comment, with as many rows as fit."""
    for rows in _ROWS:
        text = "\n".join(_lines(review, rows)) + "\n"
        if len(text.encode("utf-8")) <= MOST_BYTES:
            return text
    raise AssertionError("a comment without rows is short")


def marker(folder: str) -> str:
    """The first line, by which the next comment on the same fleet finds the one that it replaces."""
    return f"<!-- jobtree plan of {quote(folder, safe='/._-').replace('--', '-%2D')} -->"


def _lines(review: Review, rows: int) -> Iterator[str]:
    diff = review.diff
    titles = review.titles
    yield marker(titles.folder)
    yield f"## Plan: {verdict(diff)}"
    yield ""
    yield f"{escaped(titles.base)} → {escaped(titles.head)}, as of {escaped(titles.instant)}. {waiting(diff)}".rstrip()
    if titles.note:
        yield ""
        yield f"**Note:** {escaped(titles.note)}."
    breaches = tables.breach_rows(review.verdicts)
    yield from _table("Denied by house rules" if review.denying else "House rules", tables.BREACHES, breaches, rows)
    yield from _table("Worse off", tables.RUNS, tables.run_rows(diff.harms), rows)
    yield from _table("Better off", tables.RUNS, tables.run_rows(diff.helps), rows)
    yield from _irrevocable(review, rows)
    yield from _table("Approvals needed", tables.APPROVALS, tables.approval_rows(review), rows)
    yield from _table("Owners", tables.OWNERS, tables.owner_rows(review), rows)
    yield from _table("Budgets", tables.ENVELOPES, tables.envelope_rows(review), rows)
    yield from _edits(review, rows)
    yield from _folded(
        "Changed otherwise", _table("", tables.RUNS, tables.run_rows(diff.others), rows), len(diff.others)
    )
    yield from _folded("Timeline", _timeline(review, min(rows, _DRAWN)), min(rows, len(diff.runs)))
    card = tables.card_rows(review.verdicts)
    yield from _folded(ruled(review.verdicts), _table("", tables.CARD, card, rows), len(card))
    yield from _proof(review)


def _table(title: str, headings: Sequence[str], body: Sequence[tables.Row], rows: int) -> Iterator[str]:
    if not body:
        return
    yield ""
    if title:
        yield f"### {title} ({len(body):,})"
        yield ""
    if rows:
        yield f"| {' | '.join(headings)} |"
        yield f"| {' | '.join('---' for _ in headings)} |"
        for row in body[:rows]:
            yield f"| {' | '.join(map(escaped, row))} |"
    if len(body) > rows:
        yield ""
        yield f"... and {len(body) - rows:,} more"


def _irrevocable(review: Review, rows: int) -> Iterator[str]:
    found = list(irrevocable(review.diff))
    if not found:
        return
    yield ""
    yield f"### Cannot be undone ({len(found):,})"
    yield ""
    yield from (f"- {escaped(line)}" for line in found[:rows])
    if len(found) > rows:
        yield f"- ... and {len(found) - rows:,} more"


def _edits(review: Review, rows: int) -> Iterator[str]:
    yield from _table("Which change does what", tables.EDITS, tables.edit_rows(review), rows)
    if review.together:
        yield ""
        names = ", ".join(escaped(key) for key in review.together[:rows])
        yield f"Only together they move {count(len(review.together), 'run')}: {names}"


def _folded(title: str, inner: Iterator[str], size: int) -> Iterator[str]:
    if not size:
        return
    yield ""
    yield f"<details><summary>{title} ({size:,})</summary>"
    yield from inner
    yield ""
    yield "</details>"


def _timeline(review: Review, most: int) -> Iterator[str]:
    """Indented, so that it is code whatever a name holds."""
    changes = review.diff.runs[:most]
    yield ""
    width = max((len(plain(one.run)) for one in changes), default=0)
    for name, word, bar in timeline.lines(changes, review.diff.as_of):
        yield f"    {plain(name):<{width}}  {word:<6}  {bar}".rstrip()
    yield f"    {'':<{width}}          now, and {span(timeline.scale(changes, review.diff.as_of))} from now"


def _proof(review: Review) -> Iterator[str]:
    diff = review.diff
    made = "the lock's, not solved again" if review.is_locked else "solved for this comparison"
    yield ""
    yield f"Both plans were checked by the verifier. Before: {gap(diff.before)}, {made}. After: {gap(diff.after)}; " + (
        f"{count(review.pinned, 'run')} left as the lock has them." if review.pinned else "everything was planned."
    )
    yield ""
    yield f"    {plain(review.titles.command)}"
