"""Random small fleets for the laws of the plan."""

from hypothesis import strategies as st

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Window
from jobtree.model.budget import AggregateCap, Budget, Envelope, Lending, PreActivation
from jobtree.model.catalog import Catalog
from jobtree.model.run import Elastic, Funding, Run, TreeQuota
from jobtree.model.selector import Selector
from jobtree.model.topology import Node
from tests.unit.plan.fleets import FLAVOR, HOUR, NOW, catalog, nodes

TEAMS = ("p", "q", "s")
QUOTA = TreeQuota(key=Key("r", "tree"), max_gpus=6, max_gpu_seconds=20 * HOUR)


@st.composite
def machines(draw: st.DrawFn) -> list[Node]:
    found: list[Node] = []
    for cluster, fabric in (("c", "A"), ("c", "B"), ("d", "C")):
        for gpus in (2, 4):
            found += nodes(draw(st.integers(0, 3)), gpus=gpus, fabric=f"{fabric}{gpus}", cluster=cluster)
    return found or nodes(1, gpus=4)


@st.composite
def budgets(draw: st.DrawFn) -> list[Budget]:
    found = []
    for team in draw(st.lists(st.sampled_from(TEAMS), min_size=1, unique=True)):
        envelopes = tuple(draw(envelopes_of(team, name)) for name in ("e", "f")[: draw(st.integers(1, 2))])
        parents = (Owner("org:p"),) if team == "q" and draw(st.booleans()) else ()
        caps = ()
        if draw(st.integers(0, 3)) == 0:
            keys = tuple(envelope.key for envelope in envelopes)
            limit = draw(st.integers(2, 10))
            caps = (
                AggregateCap(budget=Key(team, "b"), name="c", flavor=FLAVOR, envelopes=keys, max_concurrency=limit),
            )
        found.append(
            Budget(key=Key(team, "b"), owner=Owner(f"org:{team}"), parents=parents, envelopes=envelopes, caps=caps)
        )
    return found


@st.composite
def envelopes_of(draw: st.DrawFn, team: str, name: str) -> Envelope:
    start = draw(st.sampled_from([None, None, NOW - HOUR, NOW + 2 * HOUR]))
    end = draw(st.sampled_from([None, None, NOW + 3 * HOUR, NOW + 5 * HOUR]))
    selector = draw(st.sampled_from([(("region", "r"),), (("cluster", "c"),), (("fabric.domain", "A4"),)]))
    return Envelope(
        key=EnvelopeKey(team, "b", name),
        owner=Owner(f"org:{team}"),
        flavor=FLAVOR,
        selector=Selector(selector),
        concurrency=draw(st.integers(2, 14)),
        max_gpu_seconds=draw(st.sampled_from([None, None, 10 * HOUR, 30 * HOUR + 7])),
        window=Window(None if start is None else Instant(start), None if end is None else Instant(end)),
        lending=Lending(allow=draw(st.booleans()), max_concurrency=draw(st.sampled_from([None, 2, 4]))),
        pre_activation=draw(st.sampled_from([PreActivation(), PreActivation(allow_admission=True)])),
    )


@st.composite
def one_run(draw: st.DrawFn, index: int, count: int) -> Run:
    per_pod = draw(st.sampled_from([1, 1, 2, 4]))
    pods = draw(st.integers(1, 5))
    total = per_pod * pods
    elastic = None
    group = draw(st.sampled_from([None, None, per_pod, 2 * per_pod]))
    if draw(st.integers(0, 3)) == 0:
        group = None
        elastic = Elastic(minimum=per_pod, maximum=total + per_pod, step=per_pod, desired=total)
    earlier = [Key("r", f"r{number}") for number in range(index)]
    after = draw(st.sampled_from([(), (), (), *((key,) for key in earlier)]))
    together = draw(st.sampled_from([(), (), (), (), *((key,) for key in earlier)]))
    team = draw(st.sampled_from(TEAMS))
    borrow = draw(st.booleans())
    return Run(
        key=Key("r", f"r{index}"),
        owner=Owner(f"org:{team}"),
        flavor=FLAVOR,
        total_gpus=total,
        gpus_per_pod=per_pod,
        group_gpus=group,
        spread=draw(st.sampled_from([True, True, False])),
        selector=draw(st.sampled_from([Selector(), Selector(), Selector((("cluster", "c"),))])),
        duration=draw(st.integers(1, 4)) * HOUR,
        deadline=draw(st.sampled_from([None, None, None, Instant(NOW + 4 * HOUR)])),
        elastic=elastic,
        spares=draw(st.sampled_from([0, 0, 0, 1])),
        funding=Funding(
            allow_borrow=borrow,
            max_borrow_gpus=draw(st.sampled_from([None, 2])),
            sponsors=(Owner("org:p"), Owner("org:s")) if borrow else (),
            allow_opportunistic=draw(st.integers(0, 4)) == 0,
        ),
        after=after,
        together=together,
        quotas=(QUOTA,) if draw(st.integers(0, 2)) == 0 else (),
    )


@st.composite
def fleets(draw: st.DrawFn, most: int = 7) -> Catalog:
    count = draw(st.integers(1, most))
    return catalog(draw(machines()), draw(budgets()), [draw(one_run(index, count)) for index in range(count)])
