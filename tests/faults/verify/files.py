"""Faults of files: manifests, names, kustomizations, lock, seal, digests, formats."""

from tests.faults.verify.fault import Case, Files, Json, Table, edit_json, edit_manifest
from tests.unit.verify.publish import named, sealed
from tests.unit.verify.world import at

FILES = Table()
TRAIN, EVAL = "gpu-w/rai/leases/train.yaml", "gpu-w/mm/reservations/eval.yaml"
KUSTOMIZATION = "gpu-w/kustomization.yaml"


@FILES.add("name-content", "tree")
def a_name_of_another_content(tree: Files) -> None:
    with edit_manifest(tree, TRAIN) as leases:
        leases[0]["metadata"]["name"] = "train-0-0-0123456789"


@FILES.add("name-unique", "tree")
def a_name_twice(tree: Files) -> None:
    with edit_manifest(tree, TRAIN) as leases:
        leases[1]["metadata"]["name"] = leases[0]["metadata"]["name"]


@FILES.add("name-unique", "tree")
def a_name_that_is_too_long(tree: Files) -> None:
    with edit_manifest(tree, TRAIN) as leases:
        leases[1]["metadata"]["name"] = "t" * 64


@FILES.add("manifest-matches-plan", "tree")
def a_manifest_that_is_missing(tree: Files) -> None:
    del tree[EVAL]
    with edit_manifest(tree, KUSTOMIZATION) as found:
        found[0]["resources"].remove("mm/reservations/eval.yaml")


@FILES.add("manifest-matches-plan", "tree")
def a_lease_that_is_missing(tree: Files) -> None:
    with edit_manifest(tree, TRAIN) as leases:
        leases.pop()


@FILES.add("manifest-matches-plan", "tree")
def a_lease_too_many(tree: Files) -> None:
    with edit_manifest(tree, TRAIN) as leases:
        leases.append(_again(leases[0], rank=7))


@FILES.add("manifest-matches-plan", "tree")
def two_payers_that_overlap(tree: Files) -> None:
    with edit_manifest(tree, TRAIN) as leases:
        interval = leases[0]["spec"]["interval"]
        leases[0] = _again(leases[0], interval=interval | {"expectedEnd": at(24, 1)})


@FILES.add("manifest-matches-plan", "tree")
def a_gap_between_terms(tree: Files) -> None:
    with edit_manifest(tree, TRAIN) as leases:
        interval = leases[0]["spec"]["interval"]
        leases[0] = _again(leases[0], interval=interval | {"expectedEnd": at(24, -1)})


@FILES.add("manifest-matches-plan", "tree")
def a_renewal_on_another_slot(tree: Files) -> None:
    with edit_manifest(tree, TRAIN) as leases:
        leases[1] = _again(leases[1], slice={"node": "a-01", "slots": [0, 1, 2, 4]})


@FILES.add("manifest-matches-plan", "tree")
def a_lease_that_names_another_payer(tree: Files) -> None:
    with edit_manifest(tree, TRAIN) as leases:
        leases[0] = _again(leases[0], paidBy=leases[1]["spec"]["paidBy"])


@FILES.add("manifest-matches-plan", "tree")
def a_reservation_of_another_instant(tree: Files) -> None:
    with edit_manifest(tree, EVAL) as found:
        found[0] = _again(found[0], earliestStart=at(1))


@FILES.add("manifest-matches-plan", "tree")
def a_label_that_is_wrong(tree: Files) -> None:
    with edit_manifest(tree, TRAIN) as leases:
        leases[0]["metadata"]["labels"]["rq.davidlangworthy.io/role"] = "Spare"


@FILES.add("manifest-matches-plan", "tree")
def a_field_that_nobody_planned(tree: Files) -> None:
    with edit_manifest(tree, TRAIN) as leases:
        leases[0]["status"] = {"closed": True}


@FILES.add("manifest-matches-plan", "tree")
def a_number_that_is_quoted(tree: Files) -> None:
    tree[TRAIN] = tree[TRAIN].replace(b"group: 0", b"group: '0'", 1)


@FILES.add("manifest-matches-plan", "tree")
def a_manifest_in_another_cluster(tree: Files) -> None:
    moved = EVAL.removeprefix("gpu-w/")
    tree["gpu-e/" + moved] = tree.pop(EVAL)
    with edit_manifest(tree, KUSTOMIZATION) as found:
        found[0]["resources"].remove(moved)
    with edit_manifest(tree, "gpu-e/kustomization.yaml") as found:
        found[0]["resources"].append(moved)


@FILES.add("manifest-matches-plan", "tree")
def a_lock_with_another_width(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        lock["plan"]["runs"][-1]["decision"]["placement"]["width"] = 16


@FILES.add("manifest-matches-plan", "tree")
def a_lock_with_another_payer(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        pods = lock["plan"]["runs"][-1]["decision"]["placement"]["groups"][0]["pods"]
        pods[0]["terms"][0]["payer"]["envelope"]["envelope"] = "next"


@FILES.add("manifest-matches-plan", "tree")
def a_lock_of_another_instant(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        lock["plan"]["as_of"] += 1


@FILES.add("manifest-matches-plan", "tree")
def a_lock_without_a_plan(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        lock["plan"] = {"runs": [{}]}


@FILES.add("kustomization", "tree")
def a_kustomization_missing_an_entry(tree: Files) -> None:
    with edit_manifest(tree, KUSTOMIZATION) as found:
        found[0]["resources"].pop()


@FILES.add("kustomization", "tree")
def a_kustomization_with_an_entry_twice(tree: Files) -> None:
    with edit_manifest(tree, KUSTOMIZATION) as found:
        found[0]["resources"].append(found[0]["resources"][0])


@FILES.add("kustomization", "tree")
def a_kustomization_with_a_file_that_is_not_there(tree: Files) -> None:
    with edit_manifest(tree, KUSTOMIZATION) as found:
        found[0]["resources"].append("mm/leases/ghost.yaml")


@FILES.add("kustomization", "tree")
def a_cluster_without_a_kustomization(tree: Files) -> None:
    del tree[KUSTOMIZATION]


@FILES.add("seal", "bytes")
def a_plan_changed_after_sealing(case: Case) -> None:
    case.tree["plan.json"] += b"\n"


@FILES.add("seal", "bytes")
def a_lock_changed_after_sealing(case: Case) -> None:
    case.tree["plan.lock.json"] += b"\n"


@FILES.add("seal", "bytes")
def a_seal_missing_a_file(case: Case) -> None:
    with edit_json(case.tree, "seal.json") as seal:
        seal["files"].pop()


@FILES.add("seal", "bytes")
def a_seal_of_a_file_that_is_not_there(case: Case) -> None:
    with edit_json(case.tree, "seal.json") as seal:
        seal["files"].append({"path": "zz", "sha256": "0" * 64})


@FILES.add("seal", "bytes")
def a_seal_out_of_order(case: Case) -> None:
    with edit_json(case.tree, "seal.json") as seal:
        seal["files"].reverse()


@FILES.add("input-digest", "bytes")
def an_input_changed_after_compiling(case: Case) -> None:
    case.inputs["fleet.yaml"] += b"# a comment\n"


@FILES.add("input-digest", "bytes")
def an_input_that_is_gone(case: Case) -> None:
    case.inputs["extra.yaml"] = b""
    case.tree = sealed(case.inputs, case.tree)
    del case.inputs["extra.yaml"]


@FILES.add("input-digest", "bytes")
def an_input_that_the_seal_does_not_know(case: Case) -> None:
    case.inputs["extra.yaml"] = b"a: 1\n"


@FILES.add("input-digest", "bytes")
def a_digest_that_is_wrong(case: Case) -> None:
    with edit_json(case.tree, "seal.json") as seal:
        seal["inputDigest"] = "sha256:" + "0" * 64


@FILES.add("input-digest", "tree")
def a_plan_of_other_inputs(tree: Files) -> None:
    with edit_json(tree, "plan.json") as plan:
        plan["inputDigest"] = "sha256:" + "0" * 64


@FILES.add("input-digest", "tree")
def a_lock_of_other_inputs(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        lock["key"]["inputDigest"] = "sha256:" + "0" * 64


@FILES.add("format", "tree")
def a_plan_cut_short(tree: Files) -> None:
    tree["plan.json"] = tree["plan.json"][:-10]


@FILES.add("format", "tree")
def a_plan_that_is_missing(tree: Files) -> None:
    del tree["plan.json"]


@FILES.add("format", "tree")
def an_instant_that_no_calendar_has(tree: Files) -> None:
    tree["plan.json"] = tree["plan.json"].replace(b"2026-03-03T", b"2026-02-30T")


@FILES.add("format", "stated")
def a_negative_wait(plan: Json) -> None:
    plan["runs"][0]["waitSeconds"] = -1


@FILES.add("format", "stated")
def a_negative_ordinal(plan: Json) -> None:
    plan["runs"][0]["groups"][0]["pods"][0]["slots"] = [-1, 0, 1, 2]


@FILES.add("format", "stated")
def a_decision_of_no_kind(plan: Json) -> None:
    next(run for run in plan["runs"] if run["run"] == "ops/big")["decision"] = "maybe"


@FILES.add("format", "tree")
def a_key_twice_in_a_manifest(tree: Files) -> None:
    tree[TRAIN] = tree[TRAIN].replace(b"  group: 0\n", b"  group: 0\n  group: 0\n", 1)


@FILES.add("format", "tree")
def an_anchor_in_a_manifest(tree: Files) -> None:
    tree[TRAIN] = tree[TRAIN].replace(b"owner: ", b"owner: &o ", 1)


@FILES.add("format", "tree")
def a_manifest_of_another_kind(tree: Files) -> None:
    tree[EVAL] = tree[EVAL].replace(b"kind: Reservation", b"kind: Pod")


@FILES.add("format", "tree")
def a_file_that_does_not_belong(tree: Files) -> None:
    tree["gpu-w/notes.txt"] = b"hello"


@FILES.add("format", "bytes")
def an_input_that_is_no_text(case: Case) -> None:
    case.inputs["fleet.yaml"] = b"\xff\xfe"


@FILES.add("format", "bytes")
def two_fleets(case: Case) -> None:
    case.inputs["fleet2.yaml"] = case.inputs["fleet.yaml"]


@FILES.add("format", "bytes")
def a_run_twice_in_the_inputs(case: Case) -> None:
    case.inputs["again.yaml"] = case.inputs["runs/ops/all.yaml"]


def _again(manifest: Json, **changed: object) -> Json:
    """The manifest with another spec, and the name that it then must have."""
    spec = manifest["spec"] | changed
    run = f"{spec['runRef']['namespace']}/{spec['runRef']['name']}"
    prefix = ""
    if manifest["kind"] == "Lease":
        spare = "s" if spec["role"] == "Spare" else ""
        prefix = f"{spec['group']}-{spare}{spec['rank']}-"
    labels = {key: value for key, value in manifest["metadata"]["labels"].items() if not key.endswith("/run")}
    return named({"run": run}, manifest["kind"], prefix, labels, spec)
