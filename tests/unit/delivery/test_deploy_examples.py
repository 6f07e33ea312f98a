"""deploy/argocd and deploy/flux: sound by our own doctor, and they do to the output what they say."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from jobtree.adapters.files import read_sources
from jobtree.delivery.doctor import examine
from jobtree.emit.kustomization import write_kustomization
from jobtree.load.source import Source
from jobtree.model.lease import ClosureReason
from tests.golden.renew import expected
from tests.unit.delivery.health import DEPLOY, Object, documents, is_true
from tests.unit.delivery.observed import QUICKSTART, closed, lease_status, leases, objects, with_status

KUBECTL = Path(__file__).parents[3] / ".venv" / "bin" / "kubectl"
WAVES = {"Reservation": "1", "Lease": "2"}
DEPLOYED = read_sources(DEPLOY).sources


def test_they_break_no_lease_and_an_example_fits() -> None:
    examined = examine(DEPLOYED, expected(QUICKSTART), out="rendered")
    assert examined.findings == ()
    assert examined.objects == len(objects("Lease")) + len(objects("Reservation"))
    found = examined.found
    assert (len(found.applications), len(found.kustomizations), len(found.settings)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("path", "old", "new", "code"),
    [
        ("argocd/applicationset.yaml", "          - ServerSideApply=true\n", "", "JT752"),
        ("argocd/applicationset.yaml", "- ApplyOutOfSyncOnly=true", "- Replace=true", "JT751"),
        ("argocd/applicationset.yaml", "          refresh: true ", "          refresh: false ", "JT754"),
        ("argocd/applicationset.yaml", "prune: true, selfHeal: true", "prune: true, selfHeal: false", "JT763"),
        ("argocd/applicationset.yaml", "prune: true, selfHeal", "allowEmpty: true, selfHeal", "JT761"),
        ("argocd/applicationset.yaml", "          - PruneLast=true", "          - PruneLast=false", "JT764"),
        ("argocd/applicationset.yaml", "OnDeletion: true", "OnDeletion: false", "JT762"),
        ("argocd/argocd-cm.yaml", "Method: annotation", "Method: label", "JT755"),
        ("flux/jobtree.yaml", "  retryInterval: 30s\n", "", "JT754"),
        ("flux/jobtree.yaml", "  deletionPolicy: Orphan\n", "", "JT762"),
        ("flux/jobtree.yaml", "  path: ./rendered/gpu-a\n", "  path: ./rendered/gpu-a\n  force: true\n", "JT751"),
        ("admission/open-leases.yaml", "[Deny]", "[Audit]", "JT753"),
        ("admission/open-leases.yaml", "operations: [DELETE]", "operations: [UPDATE]", "JT753"),
    ],
)
def test_each_setting_is_needed(path: str, old: str, new: str, code: str) -> None:
    """Without it the doctor complains, and about nothing else."""
    changed = [
        Source(source.path, source.data.replace(old.encode(), new.encode())) if source.path == path else source
        for source in DEPLOYED
    ]
    assert changed != list(DEPLOYED)
    assert {finding.code for finding in examine(changed, {}, out="rendered").findings} == {code}


def built(folder: Path) -> list[Object]:
    done = subprocess.run([str(KUBECTL), "kustomize", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def patched(folder: Path) -> Path:
    """The folder of a cluster with the patches of the ApplicationSet, as Argo CD adds them."""
    spec = documents("argocd/applicationset.yaml")[0]["spec"]["template"]["spec"]
    (kustomize,) = (source["kustomize"] for source in spec["sources"] if "kustomize" in source)
    path = folder / "kustomization.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **kustomize}))
    return folder


def test_waves_are_added_and_nothing_else_changes(tmp_path: Path) -> None:
    shutil.copytree(QUICKSTART.kept / "gpu-a", tmp_path / "gpu-a")
    before = built(tmp_path / "gpu-a")
    after = built(patched(tmp_path / "gpu-a"))
    assert {one["kind"] for one in after} == set(WAVES)
    for one in after:
        annotations = one["metadata"].pop("annotations")
        assert annotations == {"argocd.argoproj.io/sync-wave": WAVES[one["kind"]]}
    assert after == before


def test_a_cluster_without_manifests_builds(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_bytes(write_kustomization([]))
    assert built(patched(tmp_path)) == []


def test_the_admission_policy_lets_closed_leases_go_and_those_that_somebody_approved() -> None:
    (policy, _) = documents("admission/open-leases.yaml")
    (rule,) = policy["spec"]["validations"]

    def may_go(lease: Object) -> bool:
        return is_true(rule["expression"], {"oldObject": lease})

    for one in objects("Lease"):
        assert not may_go(one)
        assert not may_go(with_status(one, {"closed": False}))
        assert may_go(with_status(one, lease_status(closed(leases()[0], ClosureReason.COMPLETED))))
        one["metadata"]["annotations"] = {"rq.davidlangworthy.io/deletion-approved": "node was sold"}
        assert may_go(one)


def test_flux_applies_reservations_and_leases_together_after_budgets() -> None:
    """One Kustomization applies before it prunes, so that a run that starts never has neither."""
    kustomizations = {one["metadata"]["name"]: one["spec"] for one in documents("flux/jobtree.yaml")}
    leases_ = kustomizations["jobtree-leases"]
    assert leases_["dependsOn"] == [{"name": "jobtree-budgets"}]
    assert leases_["wait"] is kustomizations["jobtree-budgets"]["wait"] is True
    assert "patches" not in leases_
