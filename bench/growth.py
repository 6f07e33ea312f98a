"""How time and memory of a compile grow with runs, GPUs, domains, envelopes and horizon: a table and a plot.

    pip install 'jobtree[bench]' && python bench/growth.py [--out docs]

Each point is ``plan.py`` in a process of its own with one worker, on the fleet of ``BASE`` with one size changed.
Writes ``growth.md`` and ``growth.svg``: seconds by stage, and the exponent b of the best fit of a x size^b to each.
"""

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PLAN = Path(__file__).parent / "plan.py"
BASE = {"runs": 200, "gpus": 4_000, "envelopes": 50, "days": 7, "split": 1}
AXES = {
    "runs": (100, 200, 400, 800, 1_600),
    "gpus": (4_000, 8_000, 16_000, 32_000, 64_000),
    "split": (1, 2, 4, 8),
    "envelopes": (12, 25, 50, 100, 200),
    "days": (4, 7, 14, 28),
}
NAMES = {"gpus": "GPUs", "split": "domains, in parts of an island", "days": "horizon, in days"}
STAGES = ("in all", "reading", "  placing", "  pricing", "  searching", "contending", "rendering", "verifying", "MiB")
Point = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What was measured along one axis: a point for each size."""

    axis: str
    sizes: Sequence[int]
    points: Sequence[Point]

    @property
    def name(self) -> str:
        """Of the axis, for people."""
        return NAMES.get(self.axis, self.axis)

    def exponent(self, stage: str) -> float:
        """The slope in a plot with two logarithmic axes."""
        logs = [math.log(max(point.get(stage, 0.0), 0.01)) for point in self.points]
        return linear_regression([math.log(size) for size in self.sizes], logs).slope


def main() -> None:
    """Measures everything, and writes the table and the plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs"), help="the folder to write to")
    out = parser.parse_args().out
    found = [
        Growth(axis=axis, sizes=sizes, points=[measured({**BASE, axis: size}) for size in sizes])
        for axis, sizes in AXES.items()
    ]
    (out / "growth.md").write_text("\n".join(document(found)) + "\n", "utf-8")
    plot(found, out / "growth.svg")


def measured(sizes: Mapping[str, int]) -> Point:
    """Seconds by stage, and MiB, of one compile."""
    words = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
    command = [sys.executable, str(PLAN), "--workers", "1", "--json", *words]
    done = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    print(sizes, f"{done['timings']['in all']:.1f} s, {done['MiB']} MiB", file=sys.stderr, flush=True)
    return {**done["timings"], "MiB": done["MiB"]}


def document(found: Sequence[Growth]) -> Iterator[str]:
    """The table of each axis, in Markdown."""
    base = "{runs} runs, {gpus:,} GPUs, {envelopes} envelopes and {days} days".format(**BASE)
    yield "# Growth"
    yield ""
    yield "Made by `bench/growth.py`: whole compiles in one process, of the fleet of `bench/week.py` with"
    yield f"{base}, and one of these sizes changed. Seconds by stage; *b* is the exponent of the best fit of"
    yield "*a* x size^*b*. Ruin and recreate, exact models and covering, which are not listed, make up the rest."
    yield ""
    yield "![log-log plots of the tables below](growth.svg)"
    for growth in found:
        yield from ("", f"## {growth.name.capitalize() if growth.name[0].islower() else growth.name}", "")
        yield f"| | {' | '.join(f'{size:,}' for size in growth.sizes)} | b |"
        yield f"| --- | {' | '.join('---' for _ in growth.sizes)} | --- |"
        for stage in STAGES:
            digits = 0 if stage == "MiB" else 2
            values = " | ".join(f"{point.get(stage, 0.0):.{digits}f}" for point in growth.points)
            yield f"| {stage.strip()} | {values} | {growth.exponent(stage):.2f} |"


def plot(found: Sequence[Growth], path: Path) -> None:
    """One panel for each axis."""
    rcParams["svg.hashsalt"] = "growth"
    figure = Figure(figsize=(4 * len(found), 4.2), layout="constrained")
    for panel, growth in zip(figure.subplots(1, len(found), sharey=True), found, strict=True):
        draw(panel, growth)
    figure.axes[0].set_ylabel("seconds")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(STAGES))
    figure.savefig(path, metadata={"Date": None})


def draw(panel: Axes, growth: Growth) -> None:
    """Seconds of each stage against the size, both logarithmic."""
    for stage in STAGES[:-1]:
        seconds = [max(point.get(stage, 0.0), 0.01) for point in growth.points]
        panel.loglog(growth.sizes, seconds, marker=".", linewidth=2.5 if stage == "in all" else 1, label=stage.strip())
    panel.set_title(growth.name)
    panel.set_xticks(growth.sizes, [f"{size:,}" for size in growth.sizes], minor=False)
    panel.minorticks_off()
    panel.grid(alpha=0.3)


if __name__ == "__main__":
    main()
