"""The one registry of diagnostic codes: a code has a title, a page in docs/codes, and is never reused.

JT1xx YAML, JT2xx shape and units, JT3xx links, JT4xx budgets and lending, JT5xx planning, JT6xx contention,
JT7xx output, JT8xx binder, JT9xx internal. Each block lives in a module of its own in ``jobtree.base.code_pages``.
"""

from jobtree.base.code_pages import (
    budgets,
    contention,
    delivery,
    editing,
    executors,
    files,
    internal,
    links,
    migrating,
    output,
    planning,
    reporting,
    shape,
    simulating,
    slurm,
    snapshots,
    yaml,
)

TITLES: dict[str, str] = {
    **yaml.TITLES,
    **files.TITLES,
    **executors.TITLES,
    **migrating.TITLES,
    **simulating.TITLES,
    **shape.TITLES,
    **links.TITLES,
    **budgets.TITLES,
    **planning.TITLES,
    **contention.TITLES,
    **output.TITLES,
    **slurm.TITLES,
    **delivery.TITLES,
    **reporting.TITLES,
    **snapshots.TITLES,
    **editing.TITLES,
    **internal.TITLES,
}
"""Code to title, e.g. ``JT403`` to ``concurrency is short``. Sorted by code within each block."""
