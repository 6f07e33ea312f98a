"""House rules in CEL, with the real evaluator: what breaks them, what is wrong with them, and what they cannot do."""

import json

import pytest

from jobtree.adapters.cel import Cel
from jobtree.base.diagnostic import Location, Severity
from jobtree.model.policy import Example, Expression, Policy, Rule, Scope, Subject, Waiver
from jobtree.policy.evaluator import Fault, Flaw, Question, Stopped, Wanted, nobody
from jobtree.policy.gates import Change
from jobtree.policy.rules import judge_change, judge_documents, judge_plan
from tests.unit.ledger.built import at, catalog

NOTHING = catalog([], [])
NO_CHANGE = Change(runs=(), before=NOTHING, after=NOTHING, as_of=at(0))
HERE = Location("policies/p.yaml", 7, 5)
RUN_AT = Location("runs/a.yaml", 3, 9)


def policy(text: str, *waivers: Waiver, scope: Scope = Scope.RUN, **more) -> Policy:
    said = {name: more.pop(name) for name in ("message_text", "examples") if name in more}
    demand = Expression(scope=scope, text=text, where=HERE, **said)
    return Policy(name="p", rules=(Rule(name="r", demand=demand, where=HERE, **more),), waivers=waivers)


def subject(key: str, scope: Scope = Scope.RUN, **data) -> Subject:
    return Subject(scope=scope, name=key, where=RUN_AT, data=data)


def judged(rules: Policy, *subjects: Subject, evaluator=None):
    return judge_documents([rules], NOTHING, subjects, evaluator or Cel(), as_of=at(0))


def codes(judgement) -> list[str]:
    return [finding.code for finding in judgement.diagnostics]


def test_what_breaks_an_expression_is_found_where_it_is_written() -> None:
    rules = policy("object.gpus < 64", message="too large", severity=Severity.WARNING)
    found = judged(rules, subject("a/small", gpus=8), subject("a/large", gpus=64))
    (finding,) = found.diagnostics
    assert (finding.code, finding.severity, finding.location) == ("JT409", Severity.WARNING, RUN_AT)
    assert finding.message == "a/large: too large (rule r)"
    assert finding.notes == ("not true of it: object.gpus < 64", "rule r stands at policies/p.yaml:7:5")
    (verdict,) = found.verdicts
    assert (verdict.seen, [one.object for one in verdict.broken], verdict.denies) == (2, ["a/large"], False)


def test_only_objects_of_its_scope_are_looked_at() -> None:
    rules = policy("false", scope=Scope.BUDGET)
    found = judged(rules, subject("a/run"), subject("a/budget", Scope.BUDGET))
    assert [one.object for one in found.verdicts[0].broken] == ["a/budget"]
    assert found.verdicts[0].seen == 1


def test_a_message_expression_speaks_of_the_object() -> None:
    rules = policy("object.gpus < 64", message_text="object.name + ' has ' + string(object.gpus)", message="never said")
    (finding,) = judged(rules, subject("a/x", gpus=99, name="x")).diagnostics
    assert finding.message == "a/x: x has 99 (rule r)"


def test_a_message_expression_that_comes_to_nothing_leaves_the_message() -> None:
    rules = policy("object.gpus < 64", message_text="object.nothing", message="too large")
    (finding,) = judged(rules, subject("a/x", gpus=99)).diagnostics
    assert finding.message == "a/x: too large (rule r)"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("object.missing > 1", "Key not found in map"),
        ("object.gpus", "it comes to a value of type int, not to true or false"),
        ("object.gpus + 9223372036854775807 > 0", "integer overflow"),
        ("object.gpus / 0 == 1", "divide by zero"),
        ("object.name > 1", "No matching overloads"),
    ],
)
def test_what_cannot_be_judged_does_not_pass(text: str, told: str) -> None:
    (finding,) = judged(policy(text), subject("a/x", gpus=1, name="x")).diagnostics
    assert finding.code == "JT409"
    assert told in finding.notes[0]


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("object.gpus +", "at character 14", "Syntax error"),
        ("now() > 1", "at character 4", "undeclared reference to 'now'"),
        ("object.a && other", "at character 13", "undeclared reference to 'other'"),
        ("1 + 'a' == 2", "at character 3", "no matching overload"),
        ("1 + 1", "", "it comes to a value of type int, not to true or false"),
        ("'yes'", "", "it comes to a text, not to true or false"),
    ],
)
def test_an_expression_that_cannot_be_compiled_is_an_error_even_without_objects(text, place, told) -> None:
    found = judged(policy(text, severity=Severity.WARNING))
    assert set(codes(found)) == {"JT414"}
    assert found.verdicts == ()
    first = found.diagnostics[0]
    assert (first.severity, first.location) == (Severity.ERROR, HERE)
    assert place in first.notes[0]
    assert told in first.notes[0]


def test_an_expression_of_a_gate_is_compiled_before_there_is_a_plan() -> None:
    assert codes(judged(policy("nope", scope=Scope.PLAN))) == ["JT414"]
    assert codes(judged(policy("true", scope=Scope.DIFF_RUNS, message_text="1"))) == ["JT414"]


@pytest.mark.parametrize(("valid", "gpus", "finds"), [(True, 8, []), (False, 64, []), (True, 64, ["JT415"])])
def test_examples_are_tests(valid: bool, gpus: int, finds: list[str]) -> None:
    examples = (Example(valid=valid, object={"gpus": gpus}, where=RUN_AT),)
    assert codes(judged(policy("object.gpus < 64", examples=examples))) == finds


def test_an_example_without_what_the_rule_looks_at_is_no_example() -> None:
    for valid in (True, False):
        (finding,) = judged(policy("object.gpus < 64", examples=(Example(valid=valid, object={}),))).diagnostics
        assert finding.code == "JT415"
        assert "Key not found" in finding.notes[0]


def test_a_waiver_lets_one_object_off_until_its_instant() -> None:
    waiver = Waiver(rule="r", object="a/x", until=at(5), reason="moving")
    rules, runs = policy("false", waiver), (subject("a/x"), subject("a/y"))
    early = judge_documents([rules], NOTHING, runs, Cel(), as_of=at(4))
    assert [one.object for one in early.verdicts[0].broken] == ["a/y"]
    assert [one.object for one in early.verdicts[0].waived] == ["a/x"]
    late = judge_documents([rules], NOTHING, runs, Cel(), as_of=at(5))
    assert sorted(codes(late)) == ["JT409", "JT409", "JT410"]


def test_gates_on_the_plan_and_on_a_change() -> None:
    gate = policy("object.waitSeconds <= 60", scope=Scope.PLAN)
    runs = [subject("a/x", Scope.PLAN, waitSeconds=61), subject("a/y", Scope.PLAN, waitSeconds=60)]
    found = judge_plan([gate], runs, Cel(), as_of=at(0))
    assert (codes(found), found.verdicts[0].seen) == (["JT416"], 2)
    of_owners = policy("object.harmed == 0", scope=Scope.DIFF_OWNERS)
    owners = {Scope.DIFF_OWNERS: [subject("org:a", Scope.DIFF_OWNERS, harmed=1)]}
    changed = judge_change([of_owners], NO_CHANGE, owners, Cel(), as_of=at(0))
    assert codes(changed) == ["JT417"]
    assert codes(judged(of_owners, subject("a/x"))) == []


def test_a_waiver_of_a_gate_is_not_called_useless_by_a_check() -> None:
    waiver = Waiver(rule="r", object="a/x", until=at(5), reason="moving")
    assert codes(judged(policy("true", waiver, scope=Scope.PLAN))) == []
    assert codes(judged(policy("true", waiver))) == ["JT411"]


def test_without_an_evaluator_nothing_passes() -> None:
    found = judged(policy("true"), subject("a/x"), evaluator=nobody)
    assert codes(found) == ["JT418"]
    assert found.verdicts == ()


def ask(*texts: str, objects=({},), wanted: Wanted = Wanted.TRUTH, evaluator: Cel | None = None):
    numbers = tuple(range(len(objects)))
    questions = [Question(text=text, wanted=wanted, objects=numbers) for text in texts]
    return (evaluator or Cel())(objects, questions)


def test_answers_come_in_the_order_of_the_questions_and_of_the_objects() -> None:
    objects = [{"n": number} for number in range(5)]
    assert ask("object.n > 2", "nope", "object.n == 0", objects=objects) == [
        (False, False, False, True, True),
        (Flaw("undeclared reference to 'nope' (in container '')", 1),),
        (True, False, False, False, False),
    ]


def test_a_text_is_measured_in_characters() -> None:
    assert ask("size(object.s) == 3", objects=[{"s": "héé"}]) == [(True,)]


def nested(depth: int, text: str) -> str:
    return text if depth == 0 else f"object.l.all(x{depth}, {nested(depth - 1, text)})"


@pytest.mark.parametrize("depth", [3, 6])
def test_macros_within_macros_end_in_bounded_steps(depth: int) -> None:
    ((answer,),) = ask(nested(depth, "true"), objects=[{"l": list(range(100))}])
    assert isinstance(answer, Fault)
    assert "budget exceeded" in answer.why


def joined(times: int, text: str) -> str:
    return text if times == 1 else f"({joined(times // 2, text)} + {joined(times - times // 2, text)})"


def test_memory_is_bounded_and_takes_the_evaluation_alone() -> None:
    bomb = f"object.l.all(x, size({joined(128, 'object.m')}) > 0)"
    answer = ask(bomb, "true", objects=[{"m": "x" * 1_000_000, "l": list(range(1000))}])
    assert isinstance(answer, Stopped)


@pytest.mark.parametrize("text", ["(" * 2000 + "true" + ")" * 2000, "[" * 4000, "!" * 4001 + "true", "1" + "+1" * 2000])
def test_depth_is_bounded(text: str) -> None:
    (answer,) = ask(text)
    assert isinstance(answer, tuple)
    assert answer == (False,) or isinstance(answer[0], Flaw)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("import os; os.kill(os.getpid(), 9)", "killed by signal 9"),
        ("raise SystemExit(3)", "exit code 3"),
        ("print('garbage')", "cannot be read"),
        ("print('[]')", "without an answer"),
        ("print(chr(91) + '{\"values\": []}' + chr(93))", "without an answer"),
        ("import json; print(json.dumps('no memory'))", "no memory"),
    ],
)
def test_whatever_becomes_of_the_evaluator_nothing_passes(script: str, told: str) -> None:
    import sys

    broken = Cel(command=(sys.executable, "-c", script))
    answer = ask("true", evaluator=broken)
    assert isinstance(answer, Stopped)
    assert told in answer.why
    assert codes(judged(policy("true"), subject("a/x"), evaluator=broken)) == ["JT418"]


def test_an_evaluator_that_is_not_there_stops_too() -> None:
    assert isinstance(ask("true", evaluator=Cel(command=("/nowhere/python",))), Stopped)


def test_every_flaw_is_told() -> None:
    ((*flaws,),) = ask("foo && bar")
    assert [flaw.at for flaw in flaws] == [1, 8]
    assert json.dumps([flaw.why for flaw in flaws]).count("undeclared") == 2


def test_a_text_is_a_sentence_and_no_flood() -> None:
    flood = "'" + "x" * 50 + "'.replace('x', '" + "y" * 50 + "')"
    ((answer,),) = ask(flood, wanted=Wanted.TEXT)
    assert answer == Fault("it comes to 2500 characters; at most 500 are a sentence")
