"""What the examples compile to, and where it is kept. Run as a module, it renews what is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.files import read_sources
from jobtree.adapters.swap import swap
from jobtree.base.instant import parse_instant
from jobtree.base.progress import Silent
from jobtree.load.source import Source
from jobtree.pipeline import CompileRequest, compile_fleet

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Example:
    """``whole`` keeps the output tree beside the inputs; otherwise only its seal is kept."""

    name: str
    now: str
    whole: bool

    @property
    def folder(self) -> Path:
        return ROOT / "examples" / self.name

    @property
    def kept(self) -> Path:
        return self.folder / "rendered" if self.whole else Path(__file__).parent / self.name


EXAMPLES = (
    Example("quickstart", "2026-03-02T09:00:00Z", whole=True),
    Example("two-domains", "2026-03-02T09:00:00Z", whole=True),
    Example("philly-day", "2017-10-21T00:00:00Z", whole=False),
)


def compile_example(example: Example, *, previous: Mapping[str, bytes] | None = None) -> Mapping[str, bytes]:
    request = CompileRequest(
        sources=read_sources(example.folder, skip=["rendered"]).sources,
        previous=[Source(path, data) for path, data in (previous or {}).items()],
        admissions={},
        as_of=parse_instant(example.now),
    )
    result = compile_fleet(request, Cbc(), Silent())
    assert result.violations == ()
    assert result.tree is not None, result.diagnostics
    return result.tree


def expected(example: Example) -> Mapping[str, bytes]:
    paths = sorted(path for path in example.kept.rglob("*") if path.is_file())
    return {path.relative_to(example.kept).as_posix(): path.read_bytes() for path in paths}


def renew(example: Example) -> None:
    tree = compile_example(example)
    if example.whole:
        swap(tree, example.kept)
    else:
        example.kept.mkdir(exist_ok=True)
        (example.kept / "seal.json").write_bytes(tree["seal.json"])


if __name__ == "__main__":
    for each in EXAMPLES:
        renew(each)
