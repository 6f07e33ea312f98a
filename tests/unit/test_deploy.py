"""The manifests of deploy/: one image everywhere, of this program's version, and names that fit together."""

from pathlib import Path

import yaml

from jobtree.emit.seal import jobtree_version

DASK = Path(__file__).parents[2] / "deploy" / "dask"


def manifest(name: str) -> dict:
    return yaml.safe_load((DASK / f"{name}.yaml").read_text())


def containers() -> list[dict]:
    spec = manifest("cluster")["spec"]
    pods = (spec["scheduler"]["spec"], spec["worker"]["spec"], manifest("compile-job")["spec"]["template"]["spec"])
    return [container for pod in pods for container in pod["containers"]]


def test_scheduler_workers_and_compile_have_one_image() -> None:
    assert [one["image"] for one in containers()] == [f"registry.example.com/jobtree:{jobtree_version()}"] * 3


def test_the_compile_asks_the_scheduler_and_may() -> None:
    cluster, job, policy = manifest("cluster"), manifest("compile-job"), manifest("network-policy")
    ours = {"dask.org/cluster-name": cluster["metadata"]["name"]}
    assert policy["spec"]["podSelector"]["matchLabels"] == ours
    assert ours.items() <= cluster["spec"]["scheduler"]["service"]["selector"].items()
    port = cluster["spec"]["scheduler"]["service"]["ports"][0]["port"]
    assert containers()[2]["args"][-1] == f"dask://{cluster['metadata']['name']}-scheduler:{port}"
    labels = job["spec"]["template"]["metadata"]["labels"]
    rule = next(
        rule for rule in policy["spec"]["ingress"] if rule["from"] == [{"podSelector": {"matchLabels": labels}}]
    )
    assert [one["port"] for one in rule["ports"]] == [port]
