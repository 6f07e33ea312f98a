"""A small sound fleet to vary in tests."""

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.instant import Instant
from jobtree.load.loader import Loading, load
from jobtree.load.source import Source
from jobtree.model.catalog import Catalog
from tests.faults.load.fixtures import base

RUN = """apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata: {{name: {name}, namespace: a, creationTimestamp: 2026-03-02T08:00:00Z}}
spec:
  owner: org:a
  resources: {{gpuType: H100-80GB, totalGPUs: 8}}
{rest}"""


def run(name: str, rest: str = "") -> str:
    return RUN.format(name=name, rest=rest)


def loading(files: dict[str, str], admissions: dict[str, Instant] | None = None) -> Loading:
    everything = {path: data.decode() for path, data in base().items()} | files
    sources = [Source(path, text.encode()) for path, text in everything.items()]
    return load(sources, admissions=admissions or {})


def catalog(files: dict[str, str]) -> Catalog:
    found = loading(files)
    assert found.catalog is not None, found.diagnostics
    return found.catalog


def texts(findings: tuple[Diagnostic, ...]) -> list[str]:
    return [f"{finding.code} {finding.message}" for finding in findings]
