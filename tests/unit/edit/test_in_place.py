"""Text that people wrote, an edit, and the text that comes of it: every other byte stays."""

import json
from typing import Any

import pytest

from jobtree.base.identity import Key, Owner
from jobtree.edit.apply import apply_edit
from jobtree.edit.edits import AddSponsors, Edit, Shrink
from jobtree.edit.outcome import Declined, Edited
from jobtree.load.source import Source

KEY = Key("team-a", "train")
HEAD = """apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata: {name: train, namespace: team-a}
spec:
  owner: org:a
  resources: {gpuType: H100, totalGPUs: 96}
"""
ELASTIC = """  malleable:
    minTotalGPUs: 96
    maxTotalGPUs: 160
    stepGPUs: 32
"""
BY_32 = Shrink(run=KEY, by=32)
SPONSOR = AddSponsors(run=KEY, sponsors=(Owner("org:b"),))


def edited(edit: Edit, text: str, *, path: str = "runs/train.yaml") -> str:
    outcome = apply_edit(edit, [Source(path, text.encode())])
    assert isinstance(outcome, Edited), outcome
    return outcome.files[path].decode()


def refused(edit: Edit, text: str) -> str:
    outcome = apply_edit(edit, [Source("runs/train.yaml", text.encode())])
    assert isinstance(outcome, Declined), outcome
    assert all(finding.help for finding in outcome.diagnostics)
    return outcome.diagnostics[0].code


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    stepGPUs: 32", "    stepGPUs: 32\n    desiredTotalGPUs: 128"),
        ("    stepGPUs: 32  # a group", "    stepGPUs: 32  # a group\n    desiredTotalGPUs: 128"),
        ("    desiredTotalGPUs: 160 # all\n    stepGPUs: 32", "    desiredTotalGPUs: 128 # all\n    stepGPUs: 32"),
        ("    desiredTotalGPUs:   160\n    stepGPUs: 32", "    desiredTotalGPUs:   128\n    stepGPUs: 32"),
        ('    "stepGPUs": 32\n    # end', '    "stepGPUs": 32\n    desiredTotalGPUs: 128\n    # end'),
        ("    desiredTotalGPUs:\n      160\n    stepGPUs: 32", "    desiredTotalGPUs:\n      128\n    stepGPUs: 32"),
    ],
)
def test_desired_width_in_a_block(before: str, after: str) -> None:
    block = "  malleable:\n    minTotalGPUs: 96\n    maxTotalGPUs: 160\n"
    for rest in ("\n", "\n\n  # behind\n  spares: 0\n", ""):
        assert edited(BY_32, HEAD + block + before + rest) == HEAD + block + after + rest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{minTotalGPUs: 96, maxTotalGPUs: 160, stepGPUs: 32}", "32, desiredTotalGPUs: 128}"),
        ("{minTotalGPUs: 96, maxTotalGPUs: 160, stepGPUs: 32 }", "32, desiredTotalGPUs: 128 }"),
        ("{minTotalGPUs: 96, maxTotalGPUs: 160, stepGPUs: 32, }", "32, desiredTotalGPUs: 128, }"),
        ("{stepGPUs: 32, minTotalGPUs: 96, maxTotalGPUs: 160}", "160, desiredTotalGPUs: 128}"),
        ("{\n    minTotalGPUs: 96, maxTotalGPUs: 160, stepGPUs: 32 # x\n  }", "32, desiredTotalGPUs: 128 # x\n  }"),
        (
            "{\n    minTotalGPUs: 96,\n    maxTotalGPUs: 160,\n    stepGPUs: 32 # x\n  }",
            "32, # x\n    desiredTotalGPUs: 128\n  }",
        ),
        (
            "{\n    minTotalGPUs: 96,\n    maxTotalGPUs: 160,\n    stepGPUs: 32, # x\n  }",
            "32, # x\n    desiredTotalGPUs: 128,\n  }",
        ),
    ],
)
def test_desired_width_in_brackets(before: str, after: str) -> None:
    kept = before[
        : before.index(after[:2], before.index("160") if after.startswith("160") else before.index("stepGPUs"))
    ]
    assert edited(BY_32, f"{HEAD}  malleable: {before}\n") == f"{HEAD}  malleable: {kept}{after}\n"


def test_total_follows_where_it_would_be_more_than_desired() -> None:
    text = (HEAD + ELASTIC).replace("totalGPUs: 96", "totalGPUs: 128")
    after = text.replace("totalGPUs: 128", "totalGPUs: 96").replace("32\n", "32\n    desiredTotalGPUs: 96\n")
    assert edited(Shrink(run=KEY, by=64), text) == after
    assert edited(Shrink(run=KEY, by=32, width=128), text) == after
    assert "desiredTotalGPUs: 128" in edited(Shrink(run=KEY, by=32, width=160), text)


def test_a_run_within_a_tree_is_edited_there() -> None:
    tree = """kind: JobTree
apiVersion: rq.davidlangworthy.io/v1
metadata: {name: night, namespace: team-a}
spec:
    owner: org:a
    trees:
    - name: big   # one
      runs:
      - name: eval
        spec: {resources: {gpuType: H100, totalGPUs: 8}}
      - name: train
        spec:
            resources: {gpuType: H100, totalGPUs: 96}
            malleable: {minTotalGPUs: 96, maxTotalGPUs: 160, stepGPUs: 32}
"""
    key = Key("team-a", "night-big-train")
    assert edited(Shrink(run=key, by=32), tree) == tree.replace("s: 32}", "s: 32, desiredTotalGPUs: 128}")
    borrows = AddSponsors(run=key, sponsors=(Owner("org:b"),), most=8)
    funding = """            funding:
                allowBorrow: true
                maxBorrowGPUs: 8
                sponsors:
                  - org:b
"""
    assert edited(borrows, tree) == tree + funding.replace("                ", "              ")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "  funding:\n    allowBorrow: true\n    sponsors:\n      - org:b\n"),
        ("  funding: {}\n", '  funding: {allowBorrow: true, sponsors: ["org:b"]}\n'),
        (
            "  funding: {allowOpportunistic: true}\n",
            '  funding: {allowBorrow: true, sponsors: ["org:b"], allowOpportunistic: true}\n',
        ),
        (
            "  funding:  # money\n    # guests too\n    allowOpportunistic: true\n",
            "  funding:  # money\n    allowBorrow: true\n    sponsors:\n      - org:b\n"
            "    # guests too\n    allowOpportunistic: true\n",
        ),
        (
            "  funding:\n    sponsors: [org:c] # c\n    allowBorrow: false # not yet\n",
            '  funding:\n    sponsors: [org:c, "org:b"] # c\n    allowBorrow: true # not yet\n',
        ),
        (
            "  funding:\n    allowBorrow: true\n    sponsors:\n    # near\n    - 'org:c' # c\n    # far\n",
            "  funding:\n    allowBorrow: true\n    sponsors:\n"
            "    # near\n    - 'org:c' # c\n    - 'org:b'\n    # far\n",
        ),
        (
            '  funding:\n    allowBorrow: true\n    sponsors:\n        -   "org:c"',
            '  funding:\n    allowBorrow: true\n    sponsors:\n        -   "org:c"\n        -   "org:b"',
        ),
        (
            "  funding:\n    allowBorrow: true\n    sponsors: []\n",
            '  funding:\n    allowBorrow: true\n    sponsors: ["org:b"]\n',
        ),
        (
            "  funding:\n    allowBorrow: true\n    sponsors: [\n      org:c, # c\n      org:d  # d\n    ]\n",
            "  funding:\n    allowBorrow: true\n    sponsors: [\n      org:c, # c\n"
            '      org:d,  # d\n      "org:b"\n    ]\n',
        ),
    ],
)
def test_sponsors(before: str, after: str) -> None:
    assert edited(SPONSOR, HEAD + before) == HEAD + after


def test_sponsors_of_a_spec_in_brackets() -> None:
    text = HEAD.replace("spec:\n  owner: org:a\n  resources: {gpuType: H100, totalGPUs: 96}\n", "spec: {SPEC}\n")
    spec = "owner: org:a, resources: {gpuType: H100, totalGPUs: 96}, template: {}"
    new = ', funding: {allowBorrow: true, sponsors: ["org:b"]}, template'
    assert edited(SPONSOR, text.replace("SPEC", spec)) == text.replace("SPEC", spec.replace(", template", new))


def test_sponsors_that_are_there_are_not_added_again() -> None:
    text = HEAD + "  funding: {allowBorrow: true, sponsors: [org:b, org:c]}\n"
    outcome = apply_edit(SPONSOR, [Source("a.yaml", text.encode())])
    assert isinstance(outcome, Edited)
    assert (outcome.files, outcome.sentences) == ({}, ("run.rq.davidlangworthy.io/train unchanged",))
    twice = AddSponsors(run=KEY, sponsors=(Owner("org:c"), Owner("org:d"), Owner("org:d")))
    assert edited(twice, text) == text.replace("org:c]", 'org:c, "org:d"]')


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json(indent: int | str | None) -> None:
    data: Any = {
        "apiVersion": "rq.davidlangworthy.io/v1",
        "kind": "Run",
        "metadata": {"name": "train", "namespace": "team-a"},
        "spec": {
            "owner": "org:a",
            "resources": {"gpuType": "H100", "totalGPUs": 96},
            "malleable": {"minTotalGPUs": 96, "maxTotalGPUs": 160, "stepGPUs": 32},
            "funding": {"sponsors": ["org:c"]},
        },
    }
    text = json.dumps(data, indent=indent)
    after = edited(SPONSOR, edited(BY_32, text))
    data["spec"]["malleable"]["desiredTotalGPUs"] = 128
    data["spec"]["funding"] = {"allowBorrow": True, "sponsors": ["org:c", "org:b"]}
    assert json.loads(after) == data
    if indent:  # lists and mappings with a line for each entry keep it so
        assert [line.rstrip() for line in after.splitlines()] == json.dumps(data, indent=indent).splitlines()


def test_crlf_markers_and_other_documents_stay() -> None:
    around = "# bom-less \u00e9\u4e16\r\n---\r\n{a: &x 1, b: *x}\r\n--- # next\r\n"
    tail = "...\r\n---\r\nkind: Other\r\n<<: {a: 1}\r\n"
    run = (HEAD + ELASTIC).replace("\n", "\r\n")
    new = run.replace("stepGPUs: 32\r\n", "stepGPUs: 32\r\n    desiredTotalGPUs: 128\r\n")
    assert edited(BY_32, around + run + tail) == around + new + tail


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("JT110", (HEAD + ELASTIC).replace("stepGPUs: 32", "stepGPUs: &s 32")),
        ("JT110", (HEAD + ELASTIC).replace("maxTotalGPUs: 160", "maxTotalGPUs: &s 160\n    stepGPUs: *s")),
        ("JT111", HEAD + "  <<: {spares: 1}\n" + ELASTIC),
        ("JT109", HEAD + ELASTIC + "    stepGPUs: 32\n"),
        ("JT112", (HEAD + ELASTIC).replace("stepGPUs: 32", "stepGPUs: !!int 32")),
    ],
)
def test_what_the_reader_refuses_is_not_edited(code: str, text: str) -> None:
    assert refused(BY_32, text) == code


@pytest.mark.parametrize("style", ["|-", ">-", ">+"])
def test_a_list_that_ends_in_a_block_scalar_has_no_room(style: str) -> None:
    funding = f"  funding:\n    allowBorrow: true\n    sponsors:\n      - {style[0]}-\n        org:c\n"
    assert refused(SPONSOR, HEAD + funding) == "JT791"


def test_explicit_keys_and_text_over_several_lines() -> None:
    funding = '  funding:\n    ? allowBorrow\n    : true\n    ? sponsors\n    : - "org:\\\n        c"\n'
    assert edited(SPONSOR, HEAD + funding) == HEAD + funding + '      - "org:b"\n'


def test_an_owner_that_other_readers_take_for_a_number_is_quoted() -> None:
    assert '- "1:30"\n' in edited(AddSponsors(run=KEY, sponsors=(Owner("1:30"),)), HEAD)
