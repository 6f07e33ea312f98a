"""A made-up week of a fleet: several flavors, departments of teams, runs of all sizes for 1.3 times what there is.

Everything is drawn from SHA-256 of the seed, so equal arguments give equal fleets. Durations follow a log-normal
distribution, sizes halve in number as they double, and budgets are a third larger than the fleet.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import Any

NOW = "2026-03-02T09:00:00Z"
HOUR = 3_600
SIZES = (8, 16, 32, 64, 128, 256, 512, 1_024, 2_048)
SHARES = (420, 140, 140, 120, 80, 50, 30, 15, 5)
"""Of a thousand runs."""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Island:
    """GPUs of one flavor, in islands of equal size; ``share`` of a thousand GPUs."""

    flavor: str
    region: str
    gpus: int
    per_node: int
    share: int


ISLANDS = (
    Island(flavor="H100-80GB", region="east", gpus=256, per_node=8, share=300),
    Island(flavor="H100-80GB", region="west", gpus=256, per_node=8, share=200),
    Island(flavor="H200-141GB", region="east", gpus=512, per_node=8, share=200),
    Island(flavor="GB200-192GB", region="east", gpus=72, per_node=4, share=120),
    Island(flavor="GB200-192GB", region="west", gpus=72, per_node=4, share=80),
    Island(flavor="A100-80GB", region="west", gpus=256, per_node=8, share=100),
)
SMALL = (Island(flavor="H100-80GB", region="east", gpus=256, per_node=8, share=1_000),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """``envelopes`` in all, ``load`` in tenths of what the fleet can do in the time.

    ``split``: into how many parts each island is cut. No group of runs is larger than a part.
    """

    runs: int
    gpus: int
    envelopes: int
    days: int = 7
    load: int = 13
    seed: int = 1
    split: int = 1

    def documents(self) -> Iterator[Json]:
        """All documents of the fleet."""
        return _Maker(self).documents()


class Dice:
    """A sequence that depends on the seed alone."""

    def __init__(self, seed: int) -> None:
        self.seed, self.drawn = seed, 0

    def below(self, sides: int) -> int:
        """A number from 0 to sides - 1."""
        self.drawn += 1
        digest = hashlib.sha256(f"{self.seed}/{self.drawn}".encode()).digest()
        return int.from_bytes(digest[:8]) % sides

    def choose(self, options: Sequence[Any], shares: Sequence[int] | None = None) -> Any:
        """One of the options, by shares or evenly."""
        if shares is None:
            return options[self.below(len(options))]
        left = self.below(sum(shares))
        for option, share in zip(options, shares, strict=True):
            if left < share:
                return option
            left -= share
        raise AssertionError("shares were drawn beyond their sum")

    def normal(self) -> float:
        """A standard normal number."""
        return NormalDist().inv_cdf((self.below(10_000) + 0.5) / 10_000)


def document(kind: str, name: str, spec: Json, **metadata: str) -> Json:
    """One document of ours."""
    return {
        "apiVersion": "rq.davidlangworthy.io/v1",
        "kind": kind,
        "metadata": {"name": name, **metadata},
        "spec": spec,
    }


class _Maker:
    def __init__(self, week: Week) -> None:
        self.week, self.dice = week, Dice(week.seed)
        self.islands = [_part(island, week.split) for island in (ISLANDS if week.gpus > 2_000 else SMALL)]
        self.pools = [
            (island, number)
            for island in self.islands
            for number in range(max(1, round(week.gpus * island.share / 1_000 / island.gpus)))
        ]
        self.capacity: dict[str, int] = {}
        for island, _ in self.pools:
            self.capacity[island.flavor] = self.capacity.get(island.flavor, 0) + island.gpus
        departments = max(2, week.envelopes // 9)
        self.departments = [f"d{number:03d}" for number in range(departments)]
        flavors = list(self.capacity)
        self.teams = [
            (f"t{number:04d}", self.departments[number % departments], flavors[number % len(flavors)])
            for number in range(max(1, week.envelopes - departments))
        ]

    def documents(self) -> Iterator[Json]:
        runs = list(self._runs())
        owners: list[Json] = [{"name": f"org:{name}", "namespaces": [name]} for name in self.departments]
        owners += [{"name": f"org:{of}:{name}", "namespaces": [name]} for name, of, _ in self.teams]
        yield document("Fleet", "week", {"owners": owners, "planning": {"horizon": f"{self.week.days}d"}})
        for island, number in self.pools:
            name = f"{island.flavor.split('-')[0].lower()}-{island.region}-{number:03d}"
            labels = {"region": island.region, "cluster": f"gpu-{island.region}", "fabric.domain": name}
            labels["gpu.flavor"] = island.flavor
            yield document(
                "NodePool",
                name,
                {"count": island.gpus // island.per_node, "gpusPerNode": island.per_node, "labels": labels},
            )
        yield from self._budgets(runs)
        yield from runs

    def _budgets(self, runs: Sequence[Json]) -> Iterator[Json]:
        """Each team has its runs' share of a third more GPUs than there are, and enough for the largest of them."""
        asked: dict[str, list[int]] = {name: [] for name, _, _ in self.teams}
        for run in runs:
            asked[run["metadata"]["namespace"]].append(_area(run))
        largest = dict.fromkeys(asked, 8)
        for run in runs:
            space = run["metadata"]["namespace"]
            largest[space] = max(largest[space], _held(run))
        total = dict.fromkeys(self.capacity, 0)
        for name, _, flavor in self.teams:
            total[flavor] += sum(asked[name])
        for name, department, flavor in self.teams:
            fair = 4 * self.capacity[flavor] * sum(asked[name]) // max(1, 3 * total[flavor])
            gpus = max(-(-fair // 8) * 8, -(-11 * largest[name] // 80) * 8)
            hours = sum(asked[name]) * (60 + self.dice.below(80)) // 100 // HOUR
            envelope = _envelope(flavor, gpus, max(1, min(hours, gpus * self.week.days * 24)))
            envelope |= {"start": NOW, "end": _later(2 * self.week.days), "lending": {"allow": self.dice.below(4) == 0}}
            spec = {"owner": f"org:{department}:{name}", "parents": [f"org:{department}"], "envelopes": [envelope]}
            yield document("Budget", name, spec, namespace=name)
        for number, department in enumerate(self.departments):
            flavor = list(self.capacity)[number % len(self.capacity)]
            gpus = max(
                32, self.capacity[flavor] * 3 // 10 // max(1, len(self.departments) // len(self.capacity)) // 8 * 8
            )
            envelope = _envelope(flavor, gpus, None)
            spec = {"owner": f"org:{department}", "envelopes": [envelope]}
            yield document("Budget", department, spec, namespace=department)

    def _runs(self) -> Iterator[Json]:
        drawn = [self._shape() for _ in range(self.week.runs)]
        area = sum(gpus * minutes for _, gpus, minutes in drawn)
        there = sum(self.capacity.values()) * self.week.days * 24 * 60 * self.week.load // 10
        for number, (team, gpus, minutes) in enumerate(drawn):
            scaled = max(15, minutes * there // area // 15 * 15)
            yield self._run(number, team, gpus, min(scaled, self.week.days * 24 * 60 // 2))

    def _shape(self) -> tuple[tuple[str, str, str], int, int]:
        """Team, GPUs and minutes of a run; the latter are scaled to the load later."""
        team = self.teams[min(self.dice.below(len(self.teams)), self.dice.below(len(self.teams)))]
        most = max(8, self.capacity[team[2]] // 2 // 8 * 8)
        gpus = min(self.dice.choose(SIZES, SHARES), most)
        return team, gpus, max(15, int(8 * 60 * 2.718281828 ** (1.1 * self.dice.normal())))

    def _run(self, number: int, team: tuple[str, str, str], gpus: int, minutes: int) -> Json:
        name, department, flavor = team
        island = next(island for island in self.islands if island.flavor == flavor)
        group = min(gpus, island.gpus // island.per_node * island.per_node, self.dice.choose((8, 16, 32, 64, 128)))
        group = group if island.gpus >= 256 else min(group, 64)
        gpus = gpus // group * group
        spec: Json = {
            "owner": f"org:{department}:{name}",
            "resources": {"gpuType": flavor, "totalGPUs": gpus, "gpusPerPod": island.per_node},
            "runtime": {"duration": f"{minutes}m"},
            "locality": {"groupGPUs": group},
        }
        if gpus >= 4 * group and self.dice.below(5) == 0:
            steps = gpus // group
            spec["malleable"] = {
                "minTotalGPUs": gpus - steps // 2 * group, "maxTotalGPUs": gpus, "stepGPUs": group,
            }  # fmt: skip
        elif group < gpus and self.dice.below(5) == 0 and group + island.per_node <= island.gpus:
            spec["spares"] = 1
        if self.dice.below(4) == 0:
            spec["funding"] = {"allowBorrow": True, "sponsors": [self._sponsor(flavor)]}
        created = f"2026-03-02T{number // 3600 % 9:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
        return document("Run", f"run-{number:05d}", spec, namespace=name, creationTimestamp=created)

    def _sponsor(self, flavor: str) -> str:
        peers = [(name, of) for name, of, own in self.teams if own == flavor]
        name, of = self.dice.choose(peers)
        return f"org:{of}:{name}"


def _part(island: Island, split: int) -> Island:
    return replace(island, gpus=max(1, island.gpus // island.per_node // split) * island.per_node)


def _envelope(flavor: str, gpus: int, hours: int | None) -> Json:
    envelope: Json = {"name": "all", "flavor": flavor, "selector": {"region": "*"}, "concurrency": gpus}
    return envelope if hours is None else envelope | {"maxGPUHours": hours}


def _area(run: Json) -> int:
    """GPU-seconds with spares."""
    return _held(run) * int(run["spec"]["runtime"]["duration"][:-1]) * 60


def _held(run: Json) -> int:
    spec = run["spec"]
    gpus, group = spec["resources"]["totalGPUs"], spec["locality"]["groupGPUs"]
    return int(gpus + spec.get("spares", 0) * spec["resources"]["gpusPerPod"] * (gpus // group))


def _later(days: int) -> str:
    """So many days after the beginning."""
    when = datetime.fromisoformat(NOW.replace("Z", "+00:00")) + timedelta(days=days)
    return f"{when:%Y-%m-%dT%H:%M:%S}Z"
