"""House rules on a catalog: breaches, and waivers that are over or of no use."""

from collections.abc import Iterator, Sequence

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.base.instant import Instant, format_instant
from jobtree.model.catalog import Catalog
from jobtree.model.policy import Policy, Rule, Waiver
from jobtree.policy.checks import Breach, breaches


def evaluate(policies: Sequence[Policy], catalog: Catalog, *, as_of: Instant) -> tuple[Diagnostic, ...]:
    """All findings, sorted: JT409 in the rule's severity for each object that breaks a rule and is not waived.

    A waiver counts for rules of its name in any policy, before its ``until``. Warnings: JT410 for a waiver that is
    over, JT411 for one that nothing needs.
    """
    waivers = [waiver for policy in policies for waiver in policy.waivers]
    broken = [
        (rule, breach) for policy in policies for rule in policy.rules for breach in breaches(rule.demand, catalog)
    ]
    open_waivers = {(waiver.rule, waiver.object) for waiver in waivers if as_of < waiver.until}
    findings = [_finding(rule, breach) for rule, breach in broken if (rule.name, breach.object) not in open_waivers]
    findings.extend(_stale(waivers, {(rule.name, breach.object) for rule, breach in broken}, as_of))
    return tuple(sorted(findings, key=lambda finding: finding.sort_key))


def _finding(rule: Rule, breach: Breach) -> Diagnostic:
    text = rule.message or breach.message
    return Diagnostic(
        code="JT409",
        severity=rule.severity,
        message=f"{breach.object}: {text} (rule {rule.name})",
        location=rule.where,
        notes=(breach.note,),
        help=breach.help,
    )


def _stale(waivers: Sequence[Waiver], broken: set[tuple[str, str]], as_of: Instant) -> Iterator[Diagnostic]:
    for waiver in waivers:
        what = f"the waiver of {waiver.rule} for {waiver.object}"
        if waiver.until <= as_of:
            notes = (f"it was until {format_instant(waiver.until)}: {waiver.reason}",)
            yield warning("JT410", f"{what} is over", waiver.where, notes=notes, help="remove it, or renew it")
        elif (waiver.rule, waiver.object) not in broken:
            yield warning("JT411", f"{what} waives nothing", waiver.where, help="remove it, or correct its names")
