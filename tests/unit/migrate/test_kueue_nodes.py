"""Nodes: flavors, domains and what is told of them."""

from dataclasses import replace
from typing import Any

from jobtree.migrate.migration import Migration
from tests.kueue_worlds import OPTIONS, checked, flavor, kueue, local, migrated, node, queue, quota, texts

LEVELS = [{"nodeLabel": "block"}, {"nodeLabel": "rack"}, {"nodeLabel": "kubernetes.io/hostname"}]
TOPOLOGY = kueue("Topology", "fabric", {"levels": LEVELS})
QUEUE = (queue("a", quota("h100", 64), quota("a100", 8)), local("team", "a"))


def labels(migration: Migration, index: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = migration.files["topology/nodes.yaml"][index]["metadata"]["labels"]
    return found


def test_the_topmost_level_is_the_domain_and_the_next_one_the_rack() -> None:
    one = node("n1", "h100", block="b1", rack="r7", **{"topology.kubernetes.io/region": "west"})
    migration = migrated(*QUEUE, flavor("h100", topologyName="fabric"), TOPOLOGY, one)
    found = labels(migration)
    assert {name: found[name] for name in ("region", "cluster", "fabric.domain", "gpu.flavor", "rack")} == {
        "region": "west",
        "cluster": "main",
        "fabric.domain": "b1",
        "gpu.flavor": "h100",
        "rack": "r7",
    }
    catalog = checked(migration).catalog
    assert catalog is not None
    assert [(one.name, one.gpus) for one in catalog.nodes] == [("n1", 8)]


def test_another_label_may_name_the_domain() -> None:
    one = node("n1", "h100", block="b1", island="i3")
    options = replace(OPTIONS, fabric="island")
    migration = migrated(*QUEUE, flavor("h100", topologyName="fabric"), TOPOLOGY, one, options=options)
    assert labels(migration)["fabric.domain"] == "i3"


def test_a_node_without_the_label_is_a_domain_of_its_own() -> None:
    one = node("n1", "h100")
    migration = migrated(*QUEUE, flavor("h100", topologyName="fabric"), TOPOLOGY, one)
    assert labels(migration)["fabric.domain"] == "n1"
    assert "each is a domain of its own" in texts(migration, "Node n1")


def test_without_a_topology_a_zone_is_a_domain_and_that_is_told() -> None:
    one = node("n1", "h100", **{"topology.kubernetes.io/zone": "west-a"})
    migration = migrated(*QUEUE, flavor("h100"), one)
    assert labels(migration)["fabric.domain"] == "west-a"
    assert "changed: Kueue knows no level above" in texts(migration, "1 Node")


def test_a_topology_of_hosts_alone_says_nothing_of_domains() -> None:
    hosts = kueue("Topology", "fabric", {"levels": [{"nodeLabel": "kubernetes.io/hostname"}]}, version="v1alpha1")
    migration = migrated(*QUEUE, flavor("h100", topologyName="fabric"), hosts, node("n1", "h100"), node("n2", "h100"))
    assert [labels(migration, index)["fabric.domain"] for index in (0, 1)] == ["all", "all"]
    assert "no level above these nodes" in texts(migration, "2 Nodes")


def test_a_node_is_of_the_flavor_that_says_most_of_it() -> None:
    special = flavor("a100", nodeLabels={"gpu": "h100", "pool": "p"})
    migration = migrated(*QUEUE, flavor("h100"), special, node("n1", "h100", pool="p"), node("n2", "h100"))
    assert [labels(migration, index)["gpu.flavor"] for index in (0, 1)] == ["a100", "h100"]
    assert "they match a100, h100" in texts(migration, "Node n1")


def test_what_is_no_inventory_is_told_and_not_written() -> None:
    cordoned = node("n1", "h100")
    cordoned["spec"] = {"unschedulable": True}
    unready = node("n2", "h100")
    unready["status"]["conditions"][0]["status"] = "Unknown"
    migration = migrated(*QUEUE, flavor("h100"), cordoned, unready, node("n3", "tpu"), node("n4", "h100", "0"))
    assert [one["metadata"]["name"] for one in migration.files["topology/nodes.yaml"]] == ["n1", "n2"]
    assert "cordoned or not ready" in texts(migration, "Nodes n1, n2")
    assert "no ResourceFlavor" in texts(migration, "Node n3")
    assert "they have no GPUs" in texts(migration, "1 Node")
    assert [finding.code for finding in checked(migration).diagnostics if finding.code == "JT320"] == []


def test_without_nodes_the_report_says_how_to_get_them() -> None:
    migration = migrated(*QUEUE, flavor("h100"))
    assert "kubectl get nodes -o yaml" in texts(migration, "Nodes")
    assert not any(path.startswith("topology/") for path in migration.files)


def test_a_flavor_without_nodes_is_told() -> None:
    migration = migrated(*QUEUE, flavor("h100"), node("n1", "h100"))
    assert "no node can be its own" in texts(migration, "ResourceFlavor a100")


def test_many_nodes_are_several_files() -> None:
    migration = migrated(*QUEUE, flavor("h100"), *(node(f"n{index}", "h100") for index in range(2001)))
    sizes = {path: len(page) for path, page in migration.files.items() if path.startswith("topology/")}
    assert sizes == {"topology/nodes-001.yaml": 2000, "topology/nodes-002.yaml": 1}
