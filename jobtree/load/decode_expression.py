"""A rule that is an expression: wire to model, whatever the expression says. Code: JT224.

Its ``match`` names one thing to look at: kinds of documents, runs of the plan, or entries of what a change does.
"""

from jobtree.base.diagnostic import Diagnostic, Severity, error
from jobtree.load.placed import Placed
from jobtree.load.subjects import without_null
from jobtree.load.wire.fleet import PolicyDocument, PolicyMatch, PolicyRule
from jobtree.model.policy import Example, Expression, Rule, Scope

MATCHES = "kinds: [Run], kinds: [Budget], plan: true, diff: runs, diff: owners or diff: envelopes"


def decode_expression(
    placed: Placed[PolicyDocument], index: int, wire: PolicyRule, findings: list[Diagnostic]
) -> list[Rule]:
    """One rule for each kind that it looks at; none where it is not said what it looks at."""
    scopes = _scopes(wire.match)
    if len({scope in (Scope.RUN, Scope.BUDGET) or scope for scope in scopes}) != 1:
        message = f"rule {wire.name} looks at {'several things at once' if scopes else 'nothing'}"
        where = placed.at("rules", index, "match")
        findings.append(error("JT224", message, where, help=f"write one of {MATCHES}"))
        return []
    examples = tuple(
        Example(valid=one.valid, object=without_null(one.object), where=placed.at("rules", index, "examples", number))
        for number, one in enumerate(wire.examples)
    )
    return [
        Rule(
            name=wire.name,
            demand=Expression(
                scope=scope,
                text=wire.expression or "",
                message_text=wire.message_expression,
                examples=examples if number == 0 else (),
                where=placed.at("rules", index, "expression"),
                message_where=placed.at("rules", index, "messageExpression"),
            ),
            severity=Severity(wire.severity),
            message=wire.message,
            where=placed.at("rules", index, "name"),
        )
        for number, scope in enumerate(scopes)
    ]


def _scopes(match: PolicyMatch) -> list[Scope]:
    found = [Scope(kind) for kind in match.kinds]
    found += [Scope.PLAN] if match.plan else []
    return found + ([Scope(f"diff {match.diff}")] if match.diff is not None else [])
