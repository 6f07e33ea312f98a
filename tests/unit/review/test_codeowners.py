"""CODEOWNERS says what the registry says, and nothing that an approver's or a path's author slipped in."""

from jobtree.base.identity import Owner
from jobtree.model.fleet import Fleet, OwnerEntry
from jobtree.review.codeowners import HEADER, codeowners


def fleet(*entries: tuple[str, list[str], list[str]]) -> Fleet:
    owners = (OwnerEntry(name=Owner(name), paths=tuple(paths), approvers=tuple(who)) for name, paths, who in entries)
    return Fleet(name="f", owners=tuple(owners))


def test_narrow_paths_follow_wide_ones_because_the_last_match_counts() -> None:
    text = codeowners(fleet(("org:a", ["runs/a/**"], ["@x/a"]), ("org", ["**"], ["@x/all"])))
    assert text.splitlines() == [HEADER, "/** @x/all", "/runs/a/** @x/a"]


def test_owners_of_one_path_stand_in_one_line() -> None:
    text = codeowners(fleet(("org:a", ["x.yaml"], ["@a", "@both"]), ("org:b", ["x.yaml"], ["@b", "@both"])))
    assert text.splitlines()[1:] == ["/x.yaml @a @both @b"]


def test_what_would_mean_something_else_is_left_out() -> None:
    odd = ["somebody", "@a @b", "@x\n* @mallory", "#", "a@b.example"]
    text = codeowners(fleet(("org:a", ["x.yaml", "[x].yaml", "!y", "#z"], odd)))
    assert text.splitlines()[1:] == ["/x.yaml a@b.example"]


def test_a_fleet_in_a_folder_has_its_folder_in_front() -> None:
    text = codeowners(fleet(("org:a", ["x.yaml"], ["@a"])), prefix="fleets/west/")
    assert text.splitlines()[1:] == ["/fleets/west/x.yaml @a"]
