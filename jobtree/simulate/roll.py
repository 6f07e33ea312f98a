"""Rolls a fleet forward on a virtual clock: the world happens, and the real passes decide (ADR 32)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.base.progress import Progress
from jobtree.cover.cover import cover_all
from jobtree.deciding import Left, Question, ground_of, left_by
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.model.contention import Entropy
from jobtree.model.history import History, Phase
from jobtree.model.lease import ClosedLease, Lease
from jobtree.model.plan import Plan, Reserve
from jobtree.plan.executor import Executor
from jobtree.simulate.agenda import Agenda, Arrives, Compile, Deleted, Ends, Event, Lost, Returns
from jobtree.simulate.bill import Bill
from jobtree.simulate.concluding import conclude
from jobtree.simulate.effects import Effects
from jobtree.simulate.faults import node_events
from jobtree.simulate.job import End, Job
from jobtree.simulate.moment import Digest, Moment, Policy, Watcher, Watchers
from jobtree.simulate.observing import Sightings, state_of
from jobtree.simulate.outcome import Outcome
from jobtree.simulate.repository import Repository
from jobtree.simulate.scenario import Scenario
from jobtree.simulate.standing import ends_of, promised, runs_over, standing_jobs
from jobtree.simulate.tally import Tally

GRID, PROMISE, FAILURE = "the grid", "a promise", "a lost node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What it takes to decide, and who watches."""

    solver: Solver
    executor: Executor
    progress: Progress
    watcher: Watcher = Watchers()
    digest: Digest | None = None


def simulate(scenario: Scenario, name: str, policy: Policy, means: Means) -> Outcome:
    """What comes of a scenario under a policy. Equal arguments give equal outcomes."""
    rolling = _Rolling(scenario, policy, means)
    rolling.roll()
    return rolling.outcome(name)


class _Rolling:
    """The world and the clock. Jobs are those of all runs that have arrived, by key in order of arrival."""

    def __init__(self, scenario: Scenario, policy: Policy, means: Means) -> None:
        catalog = scenario.catalog
        self.scenario, self.policy, self.means = scenario, policy, means
        self.agenda = Agenda()
        self.repository = Repository(catalog)
        self.sightings = Sightings()
        self.left = scenario.standing
        self.over = runs_over(scenario.standing)
        self.promised = promised(scenario.standing)
        self.jobs: dict[Key, Job] = {}
        self.live: dict[Key, Job] = {}
        self.tally = Tally(scenario.since, {node.name: node.domain for node in catalog.nodes})
        self.bill = Bill(catalog)
        self.effects = Effects(self.agenda, self.tally, self.live)
        self.ended: list[Key] = []
        self.due: Instant | None = None
        self.compiled: Instant | None = None
        self.tally.nodes(node for node in catalog.nodes if node.usable)
        for at, event in _given(scenario):
            self.agenda.add(at, event)
        self._stand()

    def _stand(self) -> None:
        """What an earlier compile left goes on."""
        since, history = self.scenario.since, self.left.history
        jobs = standing_jobs(self.scenario)
        self.jobs |= {job.run.key: job for job in jobs}
        self.live |= self.jobs
        for at, event in ends_of(jobs, since):
            self.agenda.add(at, event)
        self.tally.hold(history.leases)
        self.bill.charge((_as_held(one) for one in history.past), since)
        self.means.watcher.begins(self.left)

    def roll(self) -> None:
        """Until the end of the scenario."""
        until = self.scenario.until
        while (found := self.agenda.next(until)) is not None:
            at, event = found
            if event == Compile(why=GRID):
                self.agenda.add(Instant(at + self.scenario.every), event)
            if self._is_stale(at, event):
                continue
            self.tally.advance(at)
            self.tally.events += 1
            self._happen(at, event)
            self.means.watcher.event(at, event)
        self.tally.advance(until)

    def _is_stale(self, at: Instant, event: Event) -> bool:
        match event:
            case Ends(run=run, epoch=epoch):
                return run not in self.live or self.live[run].epoch != epoch
            case Deleted(run=run):
                return run not in self.live
            case Compile(why=why):
                return at == self.compiled or (why == PROMISE and at != self.due)
            case _:
                return False

    def _happen(self, at: Instant, event: Event) -> None:
        match event:
            case Arrives(run=run):
                self._arrive(at, run)
            case Ends(run=run, end=end):
                self._end(at, run, end)
                if end is not End.STOPPED:
                    self.sightings.ended(run, Phase.FAILED if end is End.FAILED else Phase.COMPLETED, at)
                self.ended.append(run)
            case Deleted(run=run):
                self._end(at, run, End.DELETED)
                self.repository.remove(run)
            case Lost(node=node):
                self.tally.failures += 1
                self.sightings.node(node, lost=True)
                self.agenda.add(at, Compile(why=FAILURE))
            case Returns(node=node):
                self.tally.returns += 1
                self.sightings.node(node, lost=False)
            case Compile():
                self._compile(at)

    def _arrive(self, at: Instant, run: Key) -> None:
        self.repository.arrive(run)
        if run in self.over:
            self.repository.over(run)
        elif run not in self.jobs:
            due = self.promised.get(run)
            job = Job(run=self.scenario.catalog.run_of[run], work=self.scenario.work(run), arrived=at)
            job.first_promise = job.last_promise = due
            self.jobs[run] = self.live[run] = job

    def _end(self, at: Instant, run: Key, end: End) -> None:
        self.live.pop(run).finish(at, end)
        self.tally.release(run)

    def _compile(self, at: Instant) -> None:
        self.compiled = at
        before = self._tidied()
        question = self._question(at, before)
        ground, _ = ground_of(question)
        plan = self.policy(ground, self.means.progress)
        left = left_by(plan, before.history.past)
        known = frozenset(before.history.leases)
        opened = tuple(lease for lease in left.history.leases if lease not in known)
        moment = Moment(
            at=at,
            catalog=question.catalog,
            question=question,
            ground=ground,
            plan=plan,
            before=before,
            left=left,
            opened=opened,
        )
        self.means.watcher.compiled(moment)
        self._take(moment)

    def _tidied(self) -> Left:
        gone = self.repository.tidy()
        if not gone:
            return self.left
        history = self.left.history
        return Left(
            history=_with_past(history, self.repository.kept(history.past, gone)),
            published=self.left.published,
            unusable=self.left.unusable,
        )

    def _question(self, at: Instant, before: Left) -> Question:
        state = state_of(self.sightings.taken(), before.unusable)
        catalog, changes = self.repository.catalog(state.observed)
        digest = self.means.digest
        return Question(
            catalog=catalog,
            history=before.history,
            state=state,
            as_of=at,
            coverages=cover_all(catalog, as_of=at),
            solver=self.means.solver,
            executor=self.means.executor,
            input_digest=_digest(catalog) if digest is None else digest(at),
            entropy=Entropy(text=sha256(f"{self.scenario.seed}/{at}".encode()).hexdigest()),
            published=before.published,
            changes=changes,
        )

    def _take(self, moment: Moment) -> None:
        """The plan is delivered: pods start and end, and the next compile goes on from it."""
        at, plan, left = moment.at, moment.plan, moment.left
        self.left = left
        for run in self.ended:
            self.repository.over(run)
        self.ended = []
        self.tally.cycles += 1
        self.tally.nodes(node for node in moment.catalog.nodes if node.usable)
        self.effects.apply(moment)
        self.bill.charge((_as_held(one) for one in plan.closures), at)
        self.tally.hold(left.history.leases)
        self.tally.point(self.live.values())
        self.due = self._note_promises(plan)
        if self.due is not None:
            self.agenda.add(self.due, Compile(why=PROMISE))

    def _note_promises(self, plan: Plan) -> Instant | None:
        """Remembers what was promised to whom; the earliest promise that is still to come."""
        promised = []
        for one in plan.runs:
            if isinstance(one.decision, Reserve) and one.run in self.live:
                start, job = one.decision.placement.interval.start, self.live[one.run]
                if job.started is None:
                    job.first_promise = start if job.first_promise is None else job.first_promise
                    job.last_promise = start
                promised.append(start)
        return min((start for start in promised if start > plan.as_of), default=None)

    def outcome(self, name: str) -> Outcome:
        """What it came to."""
        self.bill.charge(self.left.history.leases, self.scenario.until)
        return conclude(name, self.scenario, tuple(self.jobs.values()), self.tally, self.bill.lines())


def _given(scenario: Scenario) -> Iterator[tuple[Instant, Event]]:
    """All that happens whatever is decided."""
    catalog, since, until = scenario.catalog, scenario.since, scenario.until
    for run in catalog.runs:
        yield scenario.arrival(run.key), Arrives(run=run.key)
    for event in node_events(catalog.nodes, scenario.faults, scenario.seed, since=since, until=until):
        yield event.at, Lost(node=event.node) if event.lost else Returns(node=event.node)
    for deletion in scenario.faults.deletions:
        if deletion.at >= since:
            yield deletion.at, Deleted(run=deletion.run)
    yield since, Compile(why=GRID)


def _with_past(history: History, past: Sequence[ClosedLease]) -> History:
    return replace(history, past=tuple(past))


def _as_held(one: ClosedLease) -> Lease:
    return replace(one.lease, interval=one.held)


def _digest(catalog: Catalog) -> str:
    """Stands for the digest of the inputs: which runs there are, and what nodes take pods."""
    told = sha256()
    for run in catalog.runs:
        told.update(f"{run.key}\0".encode())
    for node in catalog.nodes:
        told.update(f"{node.name} {node.usable}\0".encode())
    return "sha256:" + told.hexdigest()
