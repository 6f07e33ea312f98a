"""``kustomization.yaml`` of a cluster: every manifest of its folder, sorted (contracts.md, Output tree)."""

from collections.abc import Iterable

from jobtree.emit.yaml_writer import write_documents

KUSTOMIZATION = "kustomization.yaml"


def write_kustomization(resources: Iterable[str]) -> bytes:
    """Lists paths relative to the cluster's folder. A cluster without manifests gets an empty, valid one."""
    return write_documents(
        [
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": sorted(resources),
            }
        ]
    )
