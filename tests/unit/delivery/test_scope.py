"""What counts as on the way of a lease, and what does not."""

import pytest

from jobtree.base.diagnostic import Severity
from jobtree.delivery.doctor import examine
from jobtree.load.source import Source
from tests.unit.delivery.health import DEPLOY

FLUX = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: fleet}
spec: {path: ./deploy, prune: true, interval: 1m, retryInterval: 1m, sourceRef: {kind: GitRepository, name: f}}
"""
OVERLAY = (
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../rendered/gpu-a, ../apps/web]\n"
)
WEB = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [x.yaml]\n"
GUARD = (DEPLOY / "admission" / "open-leases.yaml").read_text()


def codes(**files: str) -> set[str]:
    named = {"flux.yaml": FLUX, "deploy/kustomization.yaml": OVERLAY, **files}
    sources = [Source(path, text.encode()) for path, text in named.items()]
    return {finding.code for finding in examine(sources, {}, out="rendered").findings}


@pytest.mark.parametrize(
    "setting", ["commonAnnotations: {kustomize.toolkit.fluxcd.io/prune: disabled}\n", "namePrefix: web-\n"]
)
def test_what_a_neighbour_sets_concerns_no_lease(setting: str) -> None:
    alone = codes(**{"apps/web/kustomization.yaml": WEB})
    assert "JT753" in alone
    assert codes(**{"apps/web/kustomization.yaml": WEB + setting}) == alone


def test_a_component_of_an_overlay_does_concern_them() -> None:
    overlay = OVERLAY + "components: [../keep]\n"
    keep = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: x-\n"
    found = codes(**{"deploy/kustomization.yaml": overlay, "keep/kustomization.yaml": keep})
    assert "JT756" in found


def around(spec: str, *, kustomized: str = "elsewhere", within: str | None = "clusters/a") -> bool:
    """Whether it is found to deliver ``rendered`` in a folder."""
    group = "argoproj.io/v1alpha1\nkind: Application" if "source:" in spec else "kustomize.toolkit.fluxcd.io/v1"
    settings = Source("apps.yaml", f"apiVersion: {group}\nspec: {spec}\n".encode())
    stop = Source(f"{kustomized}/kustomization.yaml", b"resources: [x.yaml]\n")
    found = examine([settings, stop], {}, out="rendered", within=within).found
    return bool(found.applications or found.kustomizations)


@pytest.mark.parametrize("path", ["./clusters/a", "clusters", "./", "fleet/clusters/a/"])
def test_who_applies_a_folder_applies_the_output_in_it(path: str) -> None:
    """Flux makes a kustomization.yaml of all below, and Argo CD goes into folders if it is told to."""
    assert around(f"{{path: {path}}}")
    assert around(f"{{source: {{path: {path}, directory: {{recurse: true}}}}}}")
    assert not around(f"{{source: {{path: {path}}}}}")
    assert not around(f"{{path: {path}}}", within=None)
    assert not around(f"{{path: {path}}}", kustomized="clusters/a")


def test_flux_without_a_path_applies_everything() -> None:
    assert around("{prune: true}")
    assert not around("{source: {directory: {recurse: true}}}")


def test_a_folder_beside_the_output_does_not_hold_it() -> None:
    assert not around("{path: ./clusters/b}")
    assert not around("{path: ./clusters/a}", within="clusters")
    assert around("{path: ./clusters/a}", kustomized="clusters")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("failurePolicy: Fail", "failurePolicy: Ignore"),
        ("  matchConstraints:\n", "  matchConstraints:\n    objectSelector: {matchLabels: {a: b}}\n"),
        ("  matchConstraints:\n", "  matchConditions: [{name: c, expression: 'false'}]\n  matchConstraints:\n"),
        ("closed", "over"),
        ("oldObject.status.closed", "oldObject.status.over"),  # only the message speaks of it
        ("  validationActions:", "  matchResources: {objectSelector: {}}\n  validationActions:"),
    ],
)
def test_a_policy_that_lets_open_leases_go_is_no_guard(old: str, new: str) -> None:
    assert "JT753" not in codes(**{"guard.yaml": GUARD})
    assert old in GUARD
    assert "JT753" in codes(**{"guard.yaml": GUARD.replace(old, new)})


def test_a_chart_is_no_yaml_and_no_fault() -> None:
    chart = "{{- range .Values.apps }}\napiVersion: argoproj.io/v1alpha1\nkind: Application\n{{- end }}\n"
    assert codes(**{"charts/apps/templates/app.yaml": chart}) == codes()


def test_another_file_with_braces_that_cannot_be_read_is_said_not_to_be_judged() -> None:
    text = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {template: {{path}}\n"
    (found,) = (
        finding
        for finding in examine([Source("apps.yaml", text.encode())], {}, out="rendered").findings
        if finding.code != "JT765"
    )
    assert (found.code, found.severity) == ("JT101", Severity.WARNING)


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ("spec: {syncPolicy: {automated: {prune: true}}}", "JT753"),
        ("spec: {syncPolicy: {automated: {prune: {{ .prune }}}}}", "JT753"),
        ("spec: {syncPolicy: {automated: {'allowEmpty': True}}}", "JT761"),
        ("spec: {syncPolicy: {automated: {allowEmpty: {{ .empty }}}}}", "JT761"),
        ("metadata: {finalizers: [resources-finalizer.argocd.argoproj.io/background]}", "JT762"),
    ],
)
def test_the_patch_of_a_template_is_judged_like_the_template(patch: str, code: str) -> None:
    text = (DEPLOY / "argocd" / "applicationset.yaml").read_text()

    def found(patch: str) -> set[str]:
        changed = text.replace("  template:\n", f"  templatePatch: |\n    {patch}\n  template:\n", 1)
        assert changed != text
        sources = [Source("apps.yaml", changed.encode())]
        findings = examine(sources, {}, out="rendered").findings
        return {one.code for one in findings if one.location and one.location.line == line}

    line = text[: text.index("  template:\n")].count("\n") + 1
    assert found(patch) == {code}
    assert found("spec: {syncPolicy: {automated: {prune: false, allowEmpty: false}}}") == set()
