"""House rules: on documents, on a plan, on what a change does; waivers; and what is to be told of them all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from jobtree.base.diagnostic import Diagnostic, Location, Severity, warning
from jobtree.base.instant import Instant, format_instant
from jobtree.model.catalog import Catalog
from jobtree.model.judgement import Breach, Judgement, Verdict
from jobtree.model.policy import (
    CHANGES,
    DOCUMENTS,
    Expression,
    MaxBudgetGrowth,
    MaxDelay,
    MaxWait,
    Policy,
    Rule,
    Scope,
    Subject,
)
from jobtree.policy.checks import breaches
from jobtree.policy.evaluator import Evaluator, Stopped
from jobtree.policy.expressions import broken, examined, expressed, stopped
from jobtree.policy.gates import Change, harmful, long_waits

DENIALS: Mapping[Scope, str] = {
    Scope.RUN: "JT409",
    Scope.BUDGET: "JT409",
    Scope.PLAN: "JT416",
    Scope.DIFF_RUNS: "JT417",
    Scope.DIFF_OWNERS: "JT417",
    Scope.DIFF_ENVELOPES: "JT417",
}
"""What is reported, in the rule's severity, for each object of a scope that breaks a rule and is not waived."""
Subjects = Mapping[Scope, Sequence[Subject]]


def judge_documents(
    policies: Sequence[Policy], catalog: Catalog, subjects: Sequence[Subject], evaluator: Evaluator, *, as_of: Instant
) -> Judgement:
    """Runs and budgets held to the rules about them; and whether all expressions, also of gates, are sound.

    A waiver counts for rules of its name in any policy, before its ``until``. Warnings: JT410 for a waiver that is
    over, JT411 for one that nothing needs.
    """
    flaws = tuple(examined(expressed([rule for policy in policies for rule in policy.rules]), evaluator))
    if flaws:
        return Judgement(diagnostics=flaws)
    rules = _rules(policies, DOCUMENTS)
    grouped = {scope: [one for one in subjects if one.scope is scope] for scope in DOCUMENTS}
    places = {(one.scope, one.name): one.where for one in subjects}
    typed = [[] if isinstance(rule.demand, Expression) else _placed(rule, catalog, places) for rule in rules]
    found = _judged(rules, typed, grouped, evaluator, waivers=_open(policies, as_of))
    gates = {rule.name for rule in _rules(policies, (Scope.PLAN, *CHANGES))}
    told = sorted((*found.diagnostics, *_stale(policies, found, gates, as_of)), key=lambda one: one.sort_key)
    return replace(found, diagnostics=tuple(told))


def judge_plan(
    policies: Sequence[Policy], runs: Sequence[Subject], evaluator: Evaluator, *, as_of: Instant
) -> Judgement:
    """A plan held to its gates; ``runs`` are the entries of plan.json."""
    rules = _rules(policies, (Scope.PLAN,))
    typed = [list(long_waits(rule.demand, runs)) if isinstance(rule.demand, MaxWait) else [] for rule in rules]
    return _judged(rules, typed, {Scope.PLAN: runs}, evaluator, waivers=_open(policies, as_of))


def judge_change(
    policies: Sequence[Policy],
    change: Change,
    subjects: Subjects,
    evaluator: Evaluator,
    *,
    as_of: Instant,
) -> Judgement:
    """What a change does held to its gates. ``subjects`` are the entries of plan-diff.json."""
    rules = _rules(policies, CHANGES)
    typed = [
        list(harmful(rule.demand, change)) if isinstance(rule.demand, MaxDelay | MaxBudgetGrowth) else []
        for rule in rules
    ]
    return _judged(rules, typed, subjects, evaluator, waivers=_open(policies, as_of))


def has_rules(policies: Sequence[Policy], scopes: Sequence[Scope]) -> bool:
    """Whether any rule looks at any of the scopes."""
    return bool(_rules(policies, scopes))


def _rules(policies: Sequence[Policy], scopes: Sequence[Scope]) -> list[Rule]:
    return [rule for policy in policies for rule in policy.rules if rule.scope in scopes]


def _placed(rule: Rule, catalog: Catalog, places: Mapping[tuple[Scope, str], Location | None]) -> list[Breach]:
    """What breaks a typed rule, and where it stands."""
    assert not isinstance(rule.demand, MaxWait | MaxDelay | MaxBudgetGrowth | Expression)
    return [replace(one, where=places.get((rule.scope, one.object))) for one in breaches(rule.demand, catalog)]


def _open(policies: Sequence[Policy], as_of: Instant) -> frozenset[tuple[str, str]]:
    """Rule and object of each waiver that counts."""
    return frozenset(
        (waiver.rule, waiver.object) for policy in policies for waiver in policy.waivers if as_of < waiver.until
    )


def _judged(
    rules: Sequence[Rule],
    typed: Sequence[list[Breach]],
    subjects: Subjects,
    evaluator: Evaluator,
    *,
    waivers: frozenset[tuple[str, str]],
) -> Judgement:
    expressions = expressed(rules)
    found = broken(expressions, subjects, evaluator)
    if isinstance(found, Stopped):
        return Judgement(diagnostics=(stopped(found),), is_stopped=True)
    answered = iter(found)
    verdicts = []
    for rule, checked in zip(rules, typed, strict=True):
        all_broken = next(answered) if isinstance(rule.demand, Expression) else checked
        verdicts.append(
            Verdict(
                rule=rule,
                seen=len(subjects.get(rule.scope, ())),
                broken=tuple(one for one in all_broken if (rule.name, one.object) not in waivers),
                waived=tuple(one for one in all_broken if (rule.name, one.object) in waivers),
            )
        )
    findings = [_finding(verdict.rule, breach) for verdict in verdicts for breach in verdict.broken]
    return Judgement(verdicts=tuple(verdicts), diagnostics=tuple(sorted(findings, key=lambda one: one.sort_key)))


def _finding(rule: Rule, breach: Breach) -> Diagnostic:
    text = breach.message if isinstance(rule.demand, Expression) else rule.message or breach.message
    stands = (f"rule {rule.name} stands at {rule.where}",) if breach.where and rule.where else ()
    return Diagnostic(
        code=DENIALS[rule.scope],
        severity=rule.severity,
        message=f"{breach.object}: {text} (rule {rule.name})",
        location=breach.where or rule.where,
        notes=(breach.note, *stands),
        help=breach.help,
    )


def _stale(policies: Sequence[Policy], found: Judgement, gates: set[str], as_of: Instant) -> Iterator[Diagnostic]:
    """Whether a gate's waiver is of use only a plan or a change can tell."""
    used = {(verdict.rule.name, one.object) for verdict in found.verdicts for one in verdict.waived}
    for waiver in (one for policy in policies for one in policy.waivers):
        what = f"the waiver of {waiver.rule} for {waiver.object}"
        if waiver.until <= as_of:
            notes = (f"it was until {format_instant(waiver.until)}: {waiver.reason}",)
            yield warning("JT410", f"{what} is over", waiver.where, notes=notes, help="remove it, or renew it")
        elif waiver.rule not in gates and (waiver.rule, waiver.object) not in used:
            yield warning("JT411", f"{what} waives nothing", waiver.where, help="remove it, or correct its names")


def denies(findings: Sequence[Diagnostic]) -> bool:
    """Whether there are errors, and house rules alone make them."""
    codes = {finding.code for finding in findings if finding.severity is Severity.ERROR}
    return bool(codes) and codes <= set(DENIALS.values())
