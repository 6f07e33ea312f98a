"""How large a report page is, how long it takes to make, and how long a browser takes to show and redraw it.

    python bench/page.py FOLDER... [--browser /usr/bin/chromium]

Each folder is a fleet repository that was compiled. Prints, for each: runs, leases, kB, seconds to make the page from
what was read, seconds from its address to all of it, and milliseconds for a redraw of the timeline (median of 40).
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from jobtree.adapters.page_file import page_assets
from jobtree.cli.reporting import found_page
from jobtree.cli.workspace import open_workspace
from jobtree.report.document import document
from jobtree.report.page_data import page_data

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
REDRAW = """async () => {
  const canvas = document.querySelector('#timeline canvas');
  const taken = [];
  for (let at = 0; at < 40; at += 1) {
    const begin = performance.now();
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key: at % 2 ? '-' : '+' }));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    canvas.getContext('2d').getImageData(0, 0, 1, 1);
    taken.push(performance.now() - begin);
  }
  return taken.sort((a, b) => a - b)[20];
}"""


def main() -> None:
    """Makes, opens and redraws the page of each folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--browser", default=shutil.which("chromium"))
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as place:
        browser = playwright.chromium.launch(executable_path=options.browser, args=FLAGS)
        for folder in options.folders:
            measure(folder, Path(place) / "page.html", browser.new_page(viewport={"width": 1440, "height": 900}))


def measure(folder: Path, path: Path, page: Page) -> None:
    """One line for one folder."""
    facts = found_page(open_workspace(folder, out=None, base=None), None).facts
    if facts is None:
        raise SystemExit(f"{folder} cannot be shown: run `jobtree report` there")
    begin = time.perf_counter()
    data = page_data(facts)
    written = document(data, page_assets())
    made = time.perf_counter() - begin
    path.write_bytes(written)
    begin = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("footer")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shown = time.perf_counter() - begin
    leases = len(data.tables["pods"]["span"])
    print(
        f"{folder}: {len(facts.plan.runs):,} runs, {leases:,} leases, {len(written) / 1_000:,.0f} kB, "
        f"made in {made:.2f} s, shown in {shown:.2f} s, redrawn in {page.evaluate(REDRAW):.0f} ms"
    )


if __name__ == "__main__":
    main()
