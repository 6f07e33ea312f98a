"""Plans of small fleets, decision by decision, with the numbers that people see."""

from dataclasses import replace

from jobtree.adapters.cbc import Cbc
from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Window
from jobtree.model.budget import AggregateCap
from jobtree.model.fleet import Planning
from jobtree.model.plan import Plan, Reason, Reserve, Start
from jobtree.model.run import Elastic, Funding, TreeQuota
from tests.unit.plan.fleets import FLAVOR, HOUR, NOW, budget, catalog, decisions, envelope, nodes, plan, run


def reason(made: Plan, name: str) -> Reason:
    return next(entry.reason for entry in made.runs if entry.run.name == name)


def test_a_run_waits_for_gpus_and_says_how_many() -> None:
    made = plan(catalog(nodes(1), [budget("t", 16)], [run("a", 8, 2), run("b", 8, 1)]))
    assert decisions(made) == {"a": ("start", 0, 8), "b": ("reserve", 2, 8)}
    why = reason(made, "b")
    assert (why.code, why.facts["need"], why.facts["have"]) == ("JT511", 8, 0)
    decision = next(entry.decision for entry in made.runs if entry.run.name == "b")
    assert isinstance(decision, Reserve)
    assert [short.gpus for short in decision.forecast.deficit] == [8]


def test_a_run_waits_for_budget_and_names_the_account() -> None:
    made = plan(catalog(nodes(2), [budget("t", 8)], [run("a", 8, 2), run("b", 8, 1)]))
    why = reason(made, "b")
    assert (why.code, why.facts["account"], why.facts["have"]) == ("JT512", "envelope t/budget/env", 0)


def test_the_last_thing_to_become_sufficient_is_the_cause() -> None:
    """b lacks GPUs for two hours and then, with a's node free, budget for two more: c has it."""
    runs = [
        run("a", 8, 2, team="v", deadline=Instant(NOW + 2 * HOUR)),
        run("c", 8, 4, deadline=Instant(NOW + 4 * HOUR)),
        run("b", 8, 9),
    ]
    fleet = catalog(nodes(2), [budget("t", 8), budget("v", 8)], runs)
    made = plan(fleet)
    assert decisions(made)["b"] == ("reserve", 4, 8)
    why = reason(made, "b")
    assert (why.code, why.facts["have"]) == ("JT512", 0)
    assert why.message.endswith("until t/budget/env can pay")


def test_a_run_that_waits_for_budget_alone_lacks_no_gpus() -> None:
    made = plan(catalog(nodes(2), [budget("t", 8)], [run("a", 8, 2), run("b", 8, 1)]))
    decision = next(entry.decision for entry in made.runs if entry.run.name == "b")
    assert isinstance(decision, Reserve)
    assert decision.forecast.deficit == ()


def test_messages_count_in_words() -> None:
    made = plan(
        catalog(nodes(2, gpus=1), [budget("t", 1)], [run("a", 1, 1), run("b", 1, 2), run("c", 2, gpus_per_pod=1)])
    )
    assert reason(made, "a").message == "starts now on 1 GPU of 1 node in r/c/A"
    assert reason(made, "b").message.startswith("needs 1 GPU, but envelope t/budget/env has 0 to spare for 2h")
    assert reason(made, "c").message == "needs 2 GPUs, but envelope t/budget/env allows 1"


def test_a_run_waits_for_the_window_to_open() -> None:
    window = Window(Instant(NOW + 3 * HOUR), None)
    made = plan(catalog(nodes(1), [budget("t", 8, window=window)], [run("a", 8)]))
    assert decisions(made)["a"] == ("reserve", 3, 8)
    assert reason(made, "a").code == "JT513"
    decision = made.runs[0].decision
    assert isinstance(decision, Reserve)
    assert decision.forecast.confidence == "window-aligned"


def test_an_elastic_run_starts_narrower_rather_than_later() -> None:
    wide = run("wide", 16, 1, elastic=Elastic(minimum=8, maximum=16, step=8, desired=16))
    made = plan(catalog(nodes(2), [budget("t", 16)], [wide, run("a", 8, 4, admitted=NOW)]))
    assert decisions(made) == {"wide": ("start", 0, 8), "a": ("start", 0, 8)}


def test_an_elastic_run_takes_its_full_width_where_it_can() -> None:
    wide = run("wide", 16, 1, elastic=Elastic(minimum=8, maximum=16, step=8, desired=16))
    assert decisions(plan(catalog(nodes(2), [budget("t", 16)], [wide])))["wide"] == ("start", 0, 16)


def test_a_second_envelope_takes_over_where_a_window_closes() -> None:
    first = envelope("t", 8, window=Window(None, Instant(NOW + HOUR)))
    second = envelope("t", 8, key=EnvelopeKey("t", "budget", "next"), window=Window(Instant(NOW + HOUR), None))
    purse = replace(budget("t", 8), envelopes=(first, second))
    made = plan(catalog(nodes(1), [purse], [run("a", 8, 3)]))
    decision = made.runs[0].decision
    assert isinstance(decision, Start)
    terms = decision.placement.groups[0].pods[0].terms
    assert [term.payer.envelope.envelope for term in terms if term.payer] == ["env", "next"]
    assert [term.reason.value for term in terms] == ["Start", "Renew"]
    assert terms[0].interval.end == terms[1].interval.start == NOW + HOUR


def test_spares_sit_on_a_node_of_their_own() -> None:
    made = plan(catalog(nodes(2), [budget("t", 16)], [run("a", 8, group_gpus=8, gpus_per_pod=8, spares=1)]))
    decision = made.runs[0].decision
    assert isinstance(decision, Start)
    pods = decision.placement.groups[0].pods
    assert [(pod.role.value, pod.rank) for pod in pods] == [("Active", 0), ("Spare", 0)]
    assert pods[0].node != pods[1].node


def test_pods_fill_broken_nodes_and_leave_whole_ones_free() -> None:
    runs = [run("small", 4, 2, gpus_per_pod=4), run("big", 8, 2), run("other", 4, 2, gpus_per_pod=4)]
    made = plan(catalog(nodes(2), [budget("t", 16)], runs))
    assert {name: hours for name, (_, hours, _) in decisions(made).items()} == {"small": 0, "big": 0, "other": 0}


def test_a_run_prefers_the_domain_that_it_fills() -> None:
    machines = [*nodes(3, fabric="A"), *nodes(1, fabric="B")]
    made = plan(catalog(machines, [budget("t", 32)], [run("a", 8)]))
    decision = made.runs[0].decision
    assert isinstance(decision, Start)
    assert decision.placement.groups[0].domain.fabric == "B"


def test_refusals_say_what_is_short() -> None:
    planning = Planning(horizon=2 * HOUR)
    runs = [
        run("beyond", 8, 1, deadline=None),
        run("blocker", 16, 9),
        run("fleet", 64, 1),
        run("late", 8, 5, deadline=Instant(NOW + HOUR)),
        run("orphan", 8, 1, after=(Key("t", "fleet"),)),
        run("poor", 16, 1, team="u"),
        run("nobody", 8, 1, team="v"),
    ]
    fleet = catalog(nodes(2), [budget("t", 64), budget("u", 4)], runs, planning=planning)
    codes = {entry.run.name: entry.reason.code for entry in plan(fleet).runs}
    assert codes["fleet"] == "JT501"
    assert codes["late"] == "JT503"
    assert codes["orphan"] == "JT504"
    assert codes["poor"] == "JT403"
    assert codes["nobody"] == "JT401"
    assert "JT502" in codes.values()


def test_an_opportunistic_run_starts_unfunded_on_idle_gpus() -> None:
    eager = run("a", 8, team="v", funding=Funding(allow_opportunistic=True))
    made = plan(catalog(nodes(1), [], [eager]))
    decision = made.runs[0].decision
    assert isinstance(decision, Start)
    assert decision.placement.groups[0].pods[0].terms[0].payer is None


def test_unfunded_work_counts_on_its_trees_quota() -> None:
    """Seven runs that nobody pays for share a tree of 20 GPUs at once: two fit, idle GPUs or not."""
    quota = TreeQuota(key=Key("v", "tree"), max_gpus=20, max_gpu_seconds=None)
    eager = Funding(allow_opportunistic=True)
    made = plan(catalog(nodes(8), [], [run(f"r{i}", 8, team="v", funding=eager, quotas=(quota,)) for i in range(7)]))
    assert [kind for kind, _, _ in decisions(made).values()] == ["start"] * 2 + ["refuse"] * 5


def test_unfunded_work_counts_on_the_gpu_hours_of_funded_runs_of_its_tree() -> None:
    quota = TreeQuota(key=Key("t", "tree"), max_gpus=None, max_gpu_seconds=8 * 3 * HOUR)
    eager = Funding(allow_opportunistic=True)
    runs = [run("paid", 8, 2, quotas=(quota,)), run("idle", 8, 2, team="v", funding=eager, quotas=(quota,))]
    assert decisions(plan(catalog(nodes(2), [budget("t", 8)], runs)))["idle"][0] == "refuse"
    wider = tuple(replace(one, quotas=(replace(quota, max_gpu_seconds=8 * 4 * HOUR),)) for one in runs)
    assert decisions(plan(catalog(nodes(2), [budget("t", 8)], wider)))["idle"][0] == "start"


def test_own_budget_pays_before_a_sponsor() -> None:
    lender = budget("s", 8)
    lent = replace(lender.envelopes[0].lending, allow=True)
    lender = replace(lender, envelopes=(replace(lender.envelopes[0], lending=lent),))
    funding = Funding(allow_borrow=True, sponsors=(Owner("org:s"),))
    made = plan(catalog(nodes(2), [budget("t", 8), lender], [run("a", 16, funding=funding)]))
    decision = made.runs[0].decision
    assert isinstance(decision, Start)
    paying = [pod.terms[0].payer for group in decision.placement.groups for pod in group.pods]
    assert [payer.owner for payer in paying if payer] == ["org:t", "org:s"]


def bound_of(made: Plan) -> int:
    return next(level.bound or 0 for level in made.proof.levels if level.name == "wait")


def test_envelopes_under_one_cap_carry_no_more_than_the_cap() -> None:
    """Two envelopes of 8 could pay for both runs at once; their cap of 8 cannot, and the bound alone proves it."""
    one = budget("t", 8)
    other = replace(one.envelopes[0], key=EnvelopeKey("t", "budget", "other"))
    keys = (one.envelopes[0].key, other.key)
    cap = AggregateCap(budget=one.key, name="cap", flavor=FLAVOR, envelopes=keys, max_concurrency=8)
    capped = replace(one, envelopes=(one.envelopes[0], other), caps=(cap,))
    made = plan(catalog(nodes(2), [capped], [run("a", 8, 2), run("b", 8, 2)]))
    assert (made.proof.status, bound_of(made)) == ("proven", 8 * 2 * HOUR * 2 * HOUR)


def test_gpus_and_budgets_that_are_both_short_are_priced_together() -> None:
    """Budget makes five runs of one team follow each other; that leaves three of another the second of two nodes.

    The nodes alone would let two start every two hours; the budget alone says nothing of the other team.
    """
    runs = [run(f"{team}{number}", 8, 2, team=team) for team, count in (("t", 5), ("u", 3)) for number in range(count)]
    made = plan(catalog(nodes(2), [budget("t", 8), budget("u", 16)], runs))
    work, turn = 8 * 2 * HOUR, 2 * HOUR
    assert (made.proof.status, bound_of(made)) == ("proven", work * turn * (0 + 1 + 2 + 3 + 4 + 0 + 1 + 2))


def test_the_proof_names_solver_levels_and_bound() -> None:
    made = plan(catalog(nodes(1), [budget("t", 8)], [run("a", 8, 3), run("b", 8, 1)]), solver=Cbc())
    assert made.proof.status == "proven"
    assert made.proof.solver == "cbc"
    assert [level.name for level in made.proof.levels][:3] == ["promises", "cuts", "wait"]
    assert made.diagnostics == ()


def test_a_failed_solver_leaves_the_constructive_plan() -> None:
    runs = [run(f"r{i}", 8 if i % 3 else 12, 1 + i % 4, gpus_per_pod=4) for i in range(7)]
    fleet = catalog(nodes(2, gpus=12), [budget("t", 20)], runs)
    broken = plan(fleet, solver=Cbc(path="/nowhere/cbc"))
    codes = {finding.code for finding in broken.diagnostics}
    assert broken.proof.status == "proven" or "JT522" in codes
    assert [entry.decision for entry in broken.runs] == [entry.decision for entry in plan(fleet).runs]
