"""A review on a terminal: the verdict, who is worse off, who is better off, owners, budgets, causes, proof."""

from collections.abc import Iterator, Sequence
from itertools import islice

from rich.console import Console, RenderableType
from rich.text import Text

from jobtree.base.plain import plain
from jobtree.base.words import count
from jobtree.cli.terminal import Column, show, table
from jobtree.review import tables
from jobtree.review.review import Review
from jobtree.review.words import gap, irrevocable, ruled, verdict, waiting


def print_review(review: Review, console: Console, *, rows: int | None) -> None:
    """``rows`` cuts lists, None does not."""
    for part in _parts(review, rows):
        show(console, part)


def _parts(review: Review, rows: int | None) -> Iterator[RenderableType]:
    diff, titles = review.diff, review.titles
    yield Text(plain(f"{titles.base} -> {titles.head}, as of {titles.instant}"), style="dim")
    yield Text(verdict(diff), style="bold red" if diff.harms else "bold green")
    if diff.waited:
        yield Text(waiting(diff))
    breaches, style = tables.breach_rows(review.verdicts), "bold red" if review.denying else "bold yellow"
    yield from _section("House rules broken", tables.BREACHES, breaches, rows, style=style)
    yield from _section("Worse off", tables.RUNS, tables.run_rows(diff.harms), rows, style="bold red")
    yield from _section("Better off", tables.RUNS, tables.run_rows(diff.helps), rows, style="bold green")
    yield from _section("Changed otherwise", tables.RUNS, tables.run_rows(diff.others), rows)
    undone = [[line] for line in irrevocable(diff)]
    yield from _section("Cannot be undone", ("",), undone, rows, style="bold yellow")
    approvals = tables.approval_rows(review)
    yield from _section("Approvals needed", tables.APPROVALS, approvals, rows, style="bold yellow")
    yield from _section("Owners", tables.OWNERS, tables.owner_rows(review), rows)
    yield from _section("Budgets", tables.ENVELOPES, tables.envelope_rows(review), rows)
    yield from _section("Which change does what", tables.EDITS, tables.edit_rows(review), rows)
    if review.together:
        names = ", ".join(map(str, review.together[:rows]))
        yield Text(plain(f"  Only together they move {count(len(review.together), 'run')}: {names}"))
    yield ""
    if review.verdicts:
        yield Text(ruled(review.verdicts))
    yield _proof(review)


def _section(
    title: str,
    headings: Sequence[str],
    body: Sequence[tables.Row],
    rows: int | None,
    *,
    style: str = "bold cyan",
) -> Iterator[RenderableType]:
    if not body:
        return
    yield ""
    yield Text(f"{title} ({len(body):,})", style=style)
    columns = [Column(heading.upper(), number=heading in tables.NUMBERS) for heading in headings]
    yield table(columns, islice(body, rows))
    if rows is not None and len(body) > rows:
        yield Text(f"  ... and {len(body) - rows:,} more: `jobtree plan --all` lists all", style="dim")


def _proof(review: Review) -> Text:
    diff = review.diff
    before = f"before {gap(diff.before)}{' (the lock is used as it stands)' if review.is_locked else ''}"
    pinned = f"; {count(review.pinned, 'run')} left as the lock has them" if review.pinned else ""
    return Text.assemble(("Proof: ", "bold"), f"{before}, after {gap(diff.after)}{pinned}")
