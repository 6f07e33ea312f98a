"""Laws of edits in place: whatever the layout, the data changes exactly as asked, and no other byte changes.

The layout is drawn: order of keys, brackets or lines, indentation, quotes, comments, line ends, documents around it.
What comes out is read by another YAML reader than the one that edits.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.identity import Key, Owner
from jobtree.edit.apply import apply_edit
from jobtree.edit.edits import AddSponsors, Edit, Shrink
from jobtree.edit.outcome import Edited
from jobtree.load.source import Source

KEY = Key("team-a", "train")
OTHERS = ("# only a remark\n", "kind: Other\nx: &a [1, {b: c}]\ny: *a\n", "- a\n- b: {}\n", "")


@dataclass(frozen=True)
class Layout:
    """How text is laid out; ``draw`` decides one thing after the other."""

    draw: Any
    step: int
    dash: int

    def one_of(self, *ways: str) -> str:
        return self.draw(st.sampled_from(ways))  # type: ignore[no-any-return]

    def scalar(self, value: object, *, brackets: bool = False) -> str:
        if not isinstance(value, str):
            return json.dumps(value)
        plain = () if brackets and ":" in value else (value,)
        return self.one_of(*plain, f'"{value}"', f"'{value}'")

    def key(self, name: str) -> str:
        return self.one_of(name, name, name, f'"{name}"', f"'{name}'")

    def items(self, value: dict[str, Any]) -> list[tuple[str, Any]]:
        return self.draw(st.permutations(list(value.items())))  # type: ignore[no-any-return]

    def brackets(self, value: Any) -> str:
        open_, close = ("{", "}") if isinstance(value, dict) else ("[", "]")
        if not isinstance(value, dict | list):
            return self.scalar(value, brackets=True)
        if isinstance(value, dict):
            parts = [f"{self.key(name)}: {self.brackets(inner)}" for name, inner in self.items(value)]
        else:
            parts = [self.brackets(inner) for inner in value]
        comma = self.one_of(", ", ",  ")
        last = self.one_of("", "", " ", ", ") if parts else self.one_of("", " ")
        return f"{open_}{self.one_of('', ' ')}{comma.join(parts)}{last}{close}"

    def remark(self) -> str:
        return self.one_of("", "", "  # {why}: [it, is]", " # é\t世😀")

    def lines(self, value: dict[str, Any]) -> list[str]:
        found: list[str] = []
        for name, inner in self.items(value):
            found += [self.one_of("# about the next", "")] if self.draw(st.booleans()) else []
            head = f"{self.key(name)}{self.one_of('', '', ' ')}:"
            if isinstance(inner, dict | list) and inner and self.draw(st.booleans()):
                below = self.lines(inner) if isinstance(inner, dict) else [f"- {self.scalar(x)}" for x in inner]
                deep = self.step if isinstance(inner, dict) else self.dash
                found += [head + self.remark(), *(" " * deep + line + "" for line in below)]
            else:
                found.append(f"{head} {self.brackets(inner)}{self.remark()}")
        return found


SPEC = st.fixed_dictionaries(
    {
        "owner": st.just("org:a"),
        "resources": st.fixed_dictionaries({"gpuType": st.just("H100"), "totalGPUs": st.sampled_from([8, 16])}),
        "malleable": st.fixed_dictionaries(
            {"minTotalGPUs": st.just(8), "maxTotalGPUs": st.just(24), "stepGPUs": st.just(4)},
            optional={"desiredTotalGPUs": st.sampled_from([16, 24])},
        ),
    },
    optional={
        "spares": st.just(1),
        "runtime": st.just({"duration": "4h"}),
        "funding": st.fixed_dictionaries(
            {},
            optional={
                "allowBorrow": st.booleans(),
                "allowOpportunistic": st.booleans(),
                "maxBorrowGPUs": st.just(8),
                "sponsors": st.lists(st.sampled_from(["org:x", "org:y:z", "q"]), unique=True),
            },
        ),
        "template": st.just({"metadata": {"labels": {"a": "b"}}}),
    },
)
EDITS = st.one_of(
    st.builds(Shrink, run=st.just(KEY), by=st.sampled_from([4, 8])),
    st.builds(
        AddSponsors,
        run=st.just(KEY),
        sponsors=st.lists(st.sampled_from([Owner("org:b"), Owner("org:x"), Owner("12")]), min_size=1).map(tuple),
        most=st.sampled_from([None, 8, 16]),
    ),
)


def expected(run: dict[str, Any], edit: Edit) -> dict[str, Any]:
    """The edit done on data."""
    spec = json.loads(json.dumps(run["spec"]))
    match edit:
        case Shrink(by=by):
            target = spec["malleable"].get("desiredTotalGPUs", 24) - by
            spec["malleable"]["desiredTotalGPUs"] = target
            spec["resources"]["totalGPUs"] = min(target, spec["resources"]["totalGPUs"])
        case AddSponsors(sponsors=sponsors, most=most):
            funding = spec.setdefault("funding", {})
            funding["allowBorrow"] = True
            funding |= {} if most is None else {"maxBorrowGPUs": most}
            listed = list(dict.fromkeys([*funding.get("sponsors", []), *sponsors]))
            funding["sponsors"] = listed
    return {**run, "spec": spec}


def is_kept(old: str, new: str) -> bool:
    """Whether the old text is the new one with some pieces taken out."""
    rest = iter(new)
    return all(char in rest for char in old)


def without_values(text: str, edit: Edit) -> str:
    """The text without the scalars that the edit replaces."""
    for value in ("16", "24", "8", "false") if isinstance(edit, Shrink) else ("8", "16", "false"):
        text = text.replace(f" {value}", " ")
    return text


@given(data=st.data(), spec=SPEC, edit=EDITS)
def test_the_data_changes_as_asked_and_every_other_byte_stays(data: st.DataObject, spec: Any, edit: Edit) -> None:
    layout = Layout(data.draw, data.draw(st.integers(1, 5)), data.draw(st.integers(0, 4)))
    run = {
        "apiVersion": "rq.davidlangworthy.io/v1",
        "kind": "Run",
        "metadata": {"name": "train", "namespace": "team-a"},
        "spec": spec,
    }
    body = "\n".join(layout.lines(run)) + layout.one_of("\n", "\n", "\n# last\n\n")
    before, behind = data.draw(st.sampled_from(OTHERS)), data.draw(st.sampled_from(OTHERS))
    head = before + "---\n" if before else layout.one_of("", "---\n", "--- # marked\n")
    tail = layout.one_of("---\n", "...\n---\n") + behind if behind else ""
    text = (head + body + tail).replace("\n", layout.one_of("\n", "\r\n", "\r"))
    if not tail and layout.one_of("", "cut"):
        text = text.rstrip("\r\n")

    outcome = apply_edit(edit, [Source("a.yaml", text.encode())])

    assert isinstance(outcome, Edited), (text, outcome)
    after = outcome.files.get("a.yaml", text.encode()).decode()
    wanted = expected(run, edit)
    old, new = list(yaml.safe_load_all(text)), list(yaml.safe_load_all(after))
    assert [wanted if one == run else one for one in old] == new
    assert is_kept(without_values(text, edit), after)
    assert text.count("#") == after.count("#")
    assert [line for line in text.splitlines() if line.lstrip().startswith("#")] == [
        line for line in after.splitlines() if line.lstrip().startswith("#")
    ]
    assert set(re.findall("\r\n|\r|\n", after)) <= set(re.findall("\r\n|\r|\n", text) or ["\n"])
    assert text.endswith(("\r", "\n")) == after.endswith(("\r", "\n"))


@given(spec=SPEC, edit=EDITS, indent=st.sampled_from([None, 1, 2, "\t"]))
def test_json_stays_json(spec: Any, edit: Edit, indent: int | str | None) -> None:
    run = {
        "apiVersion": "rq.davidlangworthy.io/v1",
        "kind": "Run",
        "metadata": {"name": "train", "namespace": "team-a"},
        "spec": spec,
    }
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [run, {"kind": "Other"}]}, indent=indent)
    outcome = apply_edit(edit, [Source("a.json", text.encode())])
    assert isinstance(outcome, Edited), (text, outcome)
    after = outcome.files.get("a.json", text.encode()).decode()
    assert json.loads(after)["items"] == [expected(run, edit), {"kind": "Other"}]
    assert is_kept(without_values(text, edit), after)
