"""Random clusters as Slurm's commands would print them: trees of accounts with any names, nodes, queues, scripts."""

from dataclasses import dataclass

from hypothesis import strategies as st

ASSOCIATIONS = "Cluster|Account|ParentName|User|Partition|Share|GrpTRES|GrpTRESMins|MaxJobs|QOS|Def QOS"
QUEUE = (
    "JOBID|NAME|USER|ACCOUNT|PARTITION|QOS|STATE|REASON|SUBMIT_TIME|TIME_LIMIT|NODES|TASKS|FEATURES|TRES_ALLOC|"
    "TRES_PER_JOB|TRES_PER_NODE|TRES_PER_TASK|DEPENDENCY|REQUEUE|REQ_SWITCH|DEADLINE|"
)
KINDS = ("h100", "a100", "H100 80GB!", "")
HOSTILE = st.text(st.characters(exclude_characters="|\n\r", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and text not in ("(null)", "N/A", "n/a", "None", "NONE")
)
NAMES = st.one_of(st.sampled_from(["ai", "vision", "a-b", "A_B", "nlp", "x" * 70, "root2", "a", "b"]), HOSTILE)


@dataclass(frozen=True)
class Limit:
    """What an association says: GPUs (or GPU-minutes) of any type, and of some."""

    total: int | None
    typed: dict[str, int]

    def __str__(self) -> str:
        items = [f"gres/gpu:{kind}={count}" for kind, count in self.typed.items()]
        return ",".join(["cpu=5", *items, *([] if self.total is None else [f"gres/gpu={self.total}"])])


@dataclass(frozen=True)
class Account:
    """A row of an account; ``people`` are the limits of its users."""

    name: str
    parent: str
    at_once: Limit
    minutes: Limit
    people: dict[str, Limit]


@dataclass(frozen=True)
class World:
    """Accounts, and everything as text by file name."""

    accounts: tuple[Account, ...]
    texts: dict[str, str]


def limits(most: int) -> st.SearchStrategy[Limit]:
    counts = st.integers(0, most)
    return st.builds(
        Limit, st.none() | counts, st.dictionaries(st.sampled_from(["h100", "a100", "v100"]), counts, max_size=2)
    )


@st.composite
def worlds(draw: st.DrawFn, *, wild: bool = False) -> World:
    """A sound tree; with ``wild`` parents may be anybody, missing or itself."""
    names = draw(st.lists(NAMES.filter(lambda name: name != "root"), min_size=1, max_size=6, unique=True))
    accounts = []
    for index, name in enumerate(names):
        above = ["root", *(names if wild else names[:index]), *(["nobody"] if wild else [])]
        people = draw(st.dictionaries(NAMES, limits(64), max_size=2))
        parent = draw(st.sampled_from(above))
        accounts.append(Account(name, parent, draw(limits(300)), draw(limits(500_000)), people))
    texts = {
        "assoc": _associations(accounts),
        "nodes": draw(nodes()),
        "queue": draw(queues([account.name for account in accounts])),
        "config": draw(configs()),
        "partitions": "PartitionName=p1\n   Default=YES MaxTime=2-00:00:00 DefaultTime=NONE\n"
        "\nPartitionName=p2\n   MaxTime=UNLIMITED\n",
    }
    kept = draw(st.sets(st.sampled_from(["queue", "config", "partitions"])))
    return World(tuple(accounts), {name: text for name, text in texts.items() if name in kept or name in "assoc nodes"})


def _associations(accounts: list[Account]) -> str:
    rows = ["c|root||||1|||||", *(_row(account) for account in accounts)]
    for account in accounts:
        rows += [f"c|{account.name}||{user}||1|{limit}|||normal|" for user, limit in account.people.items()]
        rows.append(f"c|{account.name}||plain user||1||||normal|")
    return "\n".join([ASSOCIATIONS, *rows, ""])


def _row(account: Account) -> str:
    return f"c|{account.name}|{account.parent}|||3|{account.at_once}|{account.minutes}|4|normal|"


@st.composite
def nodes(draw: st.DrawFn) -> str:
    rows = ["NodeName=first Gres=gpu:h100:8 State=IDLE Partitions=p1,p2 ActiveFeatures=ib,nv link"]
    for number in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(KINDS))
        gres = f"gpu:{kind}:{draw(st.integers(0, 9))}(S:0-1)" if kind else f"gpu:{draw(st.integers(0, 9))}"
        state = draw(st.sampled_from(["IDLE", "ALLOCATED+DRAIN", "DOWN*", "MIXED+CLOUD"]))
        rows.append(f"NodeName=n{number}_ Gres={gres} State={state} Partitions=p{number % 2 + 1} ActiveFeatures=ib")
    return "\n".join([*rows, ""])


@st.composite
def queues(draw: st.DrawFn, accounts: list[str]) -> str:
    rows = [QUEUE]
    for number in range(1, draw(st.integers(1, 6))):
        ident = draw(
            st.sampled_from(
                [
                    f"{number}",
                    f"{number}_[0-5%2]",
                    f"{number}_3",
                    f"{(number + 1) // 2}+{number % 2}",
                    f"{number}_[0-700]",
                ]
            )
        )
        asked = draw(st.sampled_from(["gres:gpu:h100:4", "gres/gpu:2", "gres:gpu:9", "gpu:a100:1,gpu:h100:1", "N/A"]))
        place = draw(st.integers(0, 2))
        columns = [asked if index == place else "N/A" for index in range(3)]
        cells = [
            ident, draw(NAMES), "someone", draw(st.sampled_from([*accounts, "gone"])),
            draw(st.sampled_from(["p1", "p2", "p1,p2", "p9"])), "normal",
            draw(st.sampled_from(["PENDING", "RUNNING", "COMPLETING"])), "None", "2026-03-01T09:00:00",
            draw(st.sampled_from(["1:00:00", "UNLIMITED", "9-00:00:00", "30", "0"])), str(draw(st.integers(0, 9))), "4",
            draw(st.sampled_from(["(null)", "ib", "ib&fast", "[a&b]"])), "cpu=1,gres/gpu=3", *columns,
            draw(st.sampled_from(["(null)", "afterok:1(unfulfilled)", "afterany:2_*,singleton", f"afterok:{number}"])),
            "0", "1", draw(st.sampled_from(["N/A", "2026-03-02T00:00:00"])),
        ]  # fmt: skip
        rows.append("|".join(cells) + "|")
    return "\n".join([*rows, ""])


@st.composite
def configs(draw: st.DrawFn) -> str:
    values = {
        "ClusterName": "c",
        "PriorityType": draw(st.sampled_from(["priority/basic", "priority/multifactor"])),
        "PriorityDecayHalfLife": draw(st.sampled_from(["7-00:00:00", "00:00:00"])),
        "PriorityUsageResetPeriod": draw(
            st.sampled_from(["NONE", "NOW", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY"])
        ),
        "PreemptExemptTime": draw(st.sampled_from(["00:00:00", "02:00:00"])),
        "SchedulerParameters": draw(st.sampled_from(["(null)", "bf_window=43200", "bf_window=999999999"])),
    }
    return "Configuration data as of now\n" + "".join(f"{key:<24}= {value}\n" for key, value in values.items())
