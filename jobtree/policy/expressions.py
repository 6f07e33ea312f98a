"""Rules that are expressions: what breaks them, whether they can be compiled, and whether their examples hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.model.judgement import Breach
from jobtree.model.policy import Example, Expression, Rule, Scope, Subject
from jobtree.policy.evaluator import Answer, Evaluator, Fault, Flaw, Question, Stopped, Value, Wanted


@dataclass(frozen=True, slots=True)
class Expressed:
    """A rule and its expression."""

    rule: Rule
    demand: Expression


def expressed(rules: Sequence[Rule]) -> list[Expressed]:
    """Those of the rules that are expressions."""
    return [Expressed(rule, rule.demand) for rule in rules if isinstance(rule.demand, Expression)]


def examined(rules: Sequence[Expressed], evaluator: Evaluator) -> Iterator[Diagnostic]:
    """JT414 for an expression that cannot be compiled, JT415 for an example that is not as its author says.

    Every expression is compiled, whether or not there is anything for it to look at. JT418 if evaluation was stopped.
    """
    examples = [(one, example) for one in rules for example in one.demand.examples]
    questions: list[Question] = []
    first = 0
    for one in rules:
        numbers = tuple(range(first, first + len(one.demand.examples)))
        first += len(one.demand.examples)
        questions.append(Question(text=one.demand.text, wanted=Wanted.TRUTH, objects=numbers))
        questions.append(Question(text=one.demand.message_text or "''", wanted=Wanted.TEXT, objects=()))
    answers = evaluator([example.object for _, example in examples], questions) if questions else []
    if isinstance(answers, Stopped):
        yield stopped(answers)
        return
    for one, truth, message in zip(rules, answers[::2], answers[1::2], strict=True):
        yield from _flaws(one, "expression", truth, one.demand.where)
        yield from _flaws(one, "messageExpression", message, one.demand.message_where)
        if not _is_flawed(truth):
            for example, value in zip(one.demand.examples, _values(truth), strict=True):
                yield from _example(one, example, value)


def stopped(why: Stopped) -> Diagnostic:
    """JT418: nothing was judged, so nothing may pass."""
    hint = "look for macros within macros, and for texts that are put together many times"
    return error("JT418", "the expressions of the house rules could not be evaluated", notes=(why.why,), help=hint)


def broken(
    rules: Sequence[Expressed], subjects: Mapping[Scope, Sequence[Subject]], evaluator: Evaluator
) -> list[list[Breach]] | Stopped:
    """For each rule the subjects of its scope that break it. O(rules x subjects) evaluations, in at most two calls.

    A subject about which an expression comes to nothing breaks the rule: what cannot be judged does not pass.
    """
    seen = [subject for scope in sorted(subjects) for subject in subjects[scope]]
    numbers: dict[Scope, list[int]] = {}
    for number, subject in enumerate(seen):
        numbers.setdefault(subject.scope, []).append(number)
    questions = [
        Question(text=one.demand.text, wanted=Wanted.TRUTH, objects=tuple(numbers.get(one.demand.scope, ())))
        for one in rules
    ]
    data = [subject.data for subject in seen]
    answers = evaluator(data, questions) if questions else []
    if isinstance(answers, Stopped):
        return answers
    failed: list[_Failed] = [
        [(number, value) for number, value in zip(question.objects, _values(answer), strict=True) if value is not True]
        for question, answer in zip(questions, answers, strict=True)
    ]
    told = _told(rules, failed, data, evaluator)
    if isinstance(told, Stopped):
        return told
    return [
        [_breach(one, seen[number], value, text) for (number, value), text in zip(found, texts, strict=True)]
        for one, found, texts in zip(rules, failed, told, strict=True)
    ]


_Failed = list[tuple[int, Value]]


def _told(
    rules: Sequence[Expressed], failed: Sequence[_Failed], data: Sequence[Mapping[str, object]], evaluator: Evaluator
) -> list[tuple[Value | None, ...]] | Stopped:
    """The author's sentence about each failure, where a messageExpression makes one."""
    speaking = [number for number, one in enumerate(rules) if one.demand.message_text and failed[number]]
    questions = [
        Question(
            text=rules[number].demand.message_text or "",
            wanted=Wanted.TEXT,
            objects=tuple(subject for subject, _ in failed[number]),
        )
        for number in speaking
    ]
    answers = evaluator(data, questions) if questions else []
    if isinstance(answers, Stopped):
        return answers
    said = dict(zip(speaking, answers, strict=True))
    return [_values(said[number]) if number in said else (None,) * len(found) for number, found in enumerate(failed)]


def _breach(one: Expressed, subject: Subject, value: Value, text: Value | None) -> Breach:
    """A messageExpression that comes to nothing leaves the sentence to ``message``, as in Kubernetes."""
    said = text if isinstance(text, str) and text.strip() else one.rule.message or "breaks a rule"
    if isinstance(value, Fault):
        note, hint = f"{one.demand.text}: {value.why}", "give it what the rule looks at; a rule may ask with has(...)"
    else:
        note, hint = f"not true of it: {one.demand.text}", _hint(subject)
    return Breach(object=subject.name, message=said, note=note, help=hint, where=subject.where)


def _hint(subject: Subject) -> str:
    match subject.scope:
        case Scope.RUN | Scope.BUDGET:
            return "change it so that the expression is true"
        case Scope.PLAN:
            return f"`jobtree explain {subject.name}` says why the plan is so"
        case _:
            return "change less, or waive the rule for it"


def _flaws(one: Expressed, field: str, answer: Answer, where: Location | None) -> Iterator[Diagnostic]:
    for flaw in answer:
        if isinstance(flaw, Flaw):
            place = "" if flaw.at is None else f"at character {flaw.at}: "
            hint = "write CEL over the one variable `object`: https://cel.dev"
            message = f"the {field} of rule {one.rule.name} cannot be compiled"
            yield error("JT414", message, where or one.rule.where, notes=(f"{place}{flaw.why}",), help=hint)


def _example(one: Expressed, example: Example, value: Value) -> Iterator[Diagnostic]:
    if value is not example.valid:
        says = "keeps" if example.valid else "breaks"
        came = value.why if isinstance(value, Fault) else f"the expression is {str(value).lower()} of it"
        message = f"an example of rule {one.rule.name} is not as it says"
        notes = (f"it says that this object {says} the rule; {came}",)
        yield error("JT415", message, example.where, notes=notes, help="correct the example, or the expression")


def _is_flawed(answer: Answer) -> bool:
    return any(isinstance(one, Flaw) for one in answer)


def _values(answer: Answer) -> tuple[Value, ...]:
    """Values of an expression that was compiled before."""
    return tuple(Fault(one.why) if isinstance(one, Flaw) else one for one in answer)
