"""How long reading takes: generates Run documents, then reads, validates, decodes and links them.

    python bench/load.py [DOCUMENTS]

Prints the documents, the bytes, and the seconds of each pass and of the whole. No file is read or written.
"""

import sys
import time

from jobtree.load.gather import gather
from jobtree.load.loader import load
from jobtree.load.source import Source

OWNERS = 20
RUNS_PER_FILE = 100


def fleet() -> Source:
    """A registry of owners, each with a namespace and a folder."""
    owners = "".join(
        f"    - {{name: 'org:team:{n}', namespaces: [team-{n}], paths: ['runs/{n}/**']}}\n" for n in range(OWNERS)
    )
    head = "apiVersion: rq.davidlangworthy.io/v1\nkind: Fleet\nmetadata: {name: bench}\nspec:\n  owners:\n"
    return Source("fleet.yaml", (head + owners).encode())


def topology() -> Source:
    """One pool of 2,000 GPUs."""
    return Source(
        "topology.yaml",
        b"""apiVersion: rq.davidlangworthy.io/v1
kind: NodePool
metadata: {name: a}
spec:
  count: 250
  gpusPerNode: 8
  labels: {region: us-west, cluster: gpu-a, fabric.domain: A, gpu.flavor: H100-80GB}
""",
    )


def run(number: int) -> str:
    """A Run with most fields set; every tenth waits for the one before."""
    owner = number // RUNS_PER_FILE % OWNERS
    after = f"\n  after: [run-{number - 1}]" if number % 10 == 9 else ""
    return f"""apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata:
  name: run-{number}
  namespace: team-{owner}
  creationTimestamp: 2026-03-02T08:00:00Z
spec:
  owner: org:team:{owner}
  resources: {{gpuType: H100-80GB, totalGPUs: 128, gpusPerPod: 8}}
  locality: {{groupGPUs: 32, allowCrossGroupSpread: true, selector: {{region: us-west}}}}
  runtime: {{duration: 96h, checkpoint: 30m, deadline: 2026-03-20T00:00:00Z}}
  malleable: {{minTotalGPUs: 96, maxTotalGPUs: 160, stepGPUs: 32, desiredTotalGPUs: 160}}
  spares: 1
  funding: {{allowBorrow: true, maxBorrowGPUs: 32, sponsors: ["org:team:{(owner + 1) % OWNERS}"]}}
  onUpstreamFailure: wait
  upstreamFailureGrace: 30m{after}
  template:
    spec:
      containers:
        - {{name: workload, image: registry.example/train:1, command: [python, train.py]}}
"""


def sources(documents: int) -> list[Source]:
    """Runs in files of a hundred, beside a Fleet and a pool."""
    files = [fleet(), topology()]
    for first in range(0, documents, RUNS_PER_FILE):
        owner = first // RUNS_PER_FILE % OWNERS
        text = "---\n".join(run(number) for number in range(first, min(documents, first + RUNS_PER_FILE)))
        files.append(Source(f"runs/{owner}/{first}.yaml", text.encode()))
    return files


def main() -> None:
    """Measures and prints."""
    documents = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    files = sources(documents)
    started, worked = time.perf_counter(), time.process_time()
    gather(files)
    shaped, halfway = time.perf_counter(), time.process_time()
    loading = load(files, admissions={})
    ended, done = time.perf_counter(), time.process_time()
    assert loading.catalog is not None, loading.diagnostics[:3]
    assert len(loading.catalog.runs) == documents
    print(f"{documents} Run documents, {sum(len(file.data) for file in files)} bytes, {len(files)} files")
    print(f"read and validate        {shaped - started:6.2f} s ({halfway - worked:6.2f} s of CPU)")
    print(f"read, validate and link  {ended - shaped:6.2f} s ({done - halfway:6.2f} s of CPU)")


if __name__ == "__main__":
    main()
