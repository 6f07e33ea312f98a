"""Family comes from parent links alone (semantics.md 2 and 5)."""

from jobtree.base.identity import Owner
from jobtree.ledger.family import FAR, NEAR, Family, Kinship, family_of
from tests.unit.ledger.built import budget


def family(**parents: str) -> Family:
    return family_of([budget(owner, parents=names.split()) for owner, names in parents.items()])


def kin(of: str, tree: Family) -> dict[str, tuple[int, int]]:
    return {owner: (found.tier, found.distance) for owner, found in tree.kin(Owner(of)).items()}


def test_parents_and_siblings_are_near_and_the_rest_is_far() -> None:
    tree = family(me="dad", sis="dad", dad="gran", aunt="gran", cousin="aunt", kid="me")
    assert kin("me", tree) == {
        "dad": (NEAR, 1),
        "sis": (NEAR, 2),
        "kid": (FAR, 1),
        "gran": (FAR, 2),
        "aunt": (FAR, 3),
        "cousin": (FAR, 4),
    }


def test_a_common_child_makes_no_family() -> None:
    tree = family(child="left right")
    assert kin("left", tree) == {"child": (FAR, 1)}
    assert kin("child", tree) == {"left": (NEAR, 1), "right": (NEAR, 1)}


def test_two_parents_join_two_families_for_the_child_only() -> None:
    tree = family(child="left right", other="left")
    assert "right" not in kin("other", tree)
    assert kin("child", tree)["other"] == (NEAR, 2)


def test_links_are_the_union_over_an_owners_budgets_and_order_changes_nothing() -> None:
    budgets = [budget("me", parents=["a"]), budget("me", parents=["b"]), budget("x", parents=["b"])]
    found = family_of(budgets).kin(Owner("me"))
    assert found == family_of(budgets[::-1]).kin(Owner("me"))
    assert list(found) == ["a", "b", "x"]
    assert found[Owner("x")] == Kinship(NEAR, 2)


def test_a_stranger_has_no_kin() -> None:
    assert kin("nobody", family(me="dad")) == {}
