"""How often a comparison cries wolf, and how often it sees a drop: on resampled real differences.

    python -m benchmarks.gate                the table of docs/compare.md
    python -m benchmarks.gate --share 0.1    a tenth of its draws
    python -m benchmarks.gate --make         the pruned side again: encodes both collections

The differences are those between splade-tiny with 32 dims of each text and splade-tiny whole, on
CrowdRAG-25 (301 questions) and InsuranceQA (2,000). They are made to have no true mean difference
in two ways, and queries are drawn from them with replacement:

tilted   every difference stays what it was measured to be; queries are drawn with probabilities
         that make the mean 0 (Efron 1981, the least change that does), so nearly as many change
shifted  each difference that is not 0 is moved by the same amount, so that skewness stays; only
         where each stays one that its measure can have (-1 to 1)

A drop is made by tilting as well: to the mean that the formula says N queries detect.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from harness.comparison.per_query import read_per_query
from harness.significance import LEAST_CHANGED
from harness.significance.difference import t_interval
from harness.significance.distributions import power_of_t, smallest_change
from harness.significance.non_inferiority import Answer, non_inferiority
from harness.significance.sign_flip import sign_flips

ROOT = Path(__file__).parent.parent
PRUNED = Path(__file__).parent / "pruned32"
SIZES = {"crowdrag-splade-tiny": (50, 150, 301), "insuranceqa-splade-tiny": (300, 2_000)}
COLLECTIONS = {"crowdrag-splade-tiny": "crowdrag-25", "insuranceqa-splade-tiny": "insuranceqa"}
MEASURES = ("accuracy@1", "recall@10", "ndcg@10", "mrr@10", "map@100")
DRAWS, FLIPS, ALPHA = 2_000, 499, 0.05


class Alarms(NamedTuple):
    """What became of draws without a true difference; shares are of those that were tested."""

    name: str
    measure: str
    null: str
    queries: int
    tested: int
    draws: int
    t: float
    flips: float
    held: float
    regressed: float

    @property
    def error(self) -> float:
        """Two Monte Carlo standard errors of a share of 5 %."""
        return 2 * float(np.sqrt(ALPHA * (1 - ALPHA) / max(1, self.tested)))


class Power(NamedTuple):
    """How often a drop was seen, and how often the formula says that it is."""

    name: str
    measure: str
    queries: int
    drop: float
    predicted: float
    t: float
    flips: float
    draws: int

    @property
    def is_off(self) -> bool:
        """Whether t, of which the formula is, sees another share by 5 points and the error."""
        slack = 0.05 + 2 * float(np.sqrt(self.predicted * (1 - self.predicted) / self.draws))
        return abs(self.t - self.predicted) > slack


def differences(name: str, measure: str) -> np.ndarray:
    """float64 [N]: pruned - whole, of the queries in the order of the committed result."""
    whole = read_per_query(ROOT / "results" / f"{name}.per-query.csv")
    pruned = read_per_query(PRUNED / f"{name}.per-query.csv")
    assert whole.query_ids == pruned.query_ids
    column = whole.measures.index(measure), pruned.measures.index(measure)
    return pruned.values[:, column[1]] - whole.values[:, column[0]]


def tilted(found: np.ndarray, mean: float) -> np.ndarray:
    """Probabilities proportional to exp(a d), with a such that the mean is what is asked."""
    low, high = -1_000.0, 1_000.0
    for _ in range(200):
        middle = (low + high) / 2
        weights = np.exp(middle * found - (middle * found).max())
        weights /= weights.sum()
        low, high = (middle, high) if weights @ found < mean else (low, middle)
    return weights


def shifted(found: np.ndarray) -> np.ndarray | None:
    """Differences with the mean of those that changed taken from them; None where one cannot be."""
    moved = np.where(found != 0, found - found[found != 0].mean(), 0.0)
    return moved if np.abs(moved).max() <= 1 else None


def nulls(found: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray | None]]:
    """The two ways: a name, the values, and the probabilities of a draw (None: equal ones)."""
    yield "tilted", found, tilted(found, 0.0)
    moved = shifted(found)
    if moved is not None:
        yield "shifted", moved, None


def alarms(name: str, measure: str, queries: int, draws: int) -> Iterator[Alarms]:
    """False alarms of one measure at one N."""
    for null, values, weights in nulls(differences(name, measure)):
        chance = np.random.default_rng(queries)
        seen = np.zeros(4)
        tested = 0
        for draw in range(draws):
            drawn = chance.choice(values, queries, p=weights)
            if np.count_nonzero(drawn) < LEAST_CHANGED:
                continue
            tested += 1
            low, high = t_interval(drawn)
            answer = non_inferiority(measure, drawn, 0.0).answer
            p = sign_flips(drawn[:, None], FLIPS, draw).p[0]
            seen += (
                not low <= 0 <= high,
                p <= ALPHA,
                answer is Answer.HELD,
                answer is Answer.REGRESSED,
            )
        yield Alarms(name, measure, null, queries, tested, draws, *(seen / max(1, tested)))


def power(name: str, measure: str, queries: int, draws: int) -> Power:
    """How often a drop that N queries detect in 80 % of cases is detected."""
    found = differences(name, measure)
    drop, sd, weights = 0.0, float(found.std(ddof=1)), None
    for _ in range(20):  # the spread goes with the drop, a little
        drop = smallest_change(sd, queries)
        weights = tilted(found, -drop)
        sd = float(np.sqrt(weights @ found**2 - drop**2))
    chance, seen = np.random.default_rng(queries), np.zeros(2)
    for draw in range(draws):
        drawn = chance.choice(found, queries, p=weights)
        _, high = t_interval(drawn)
        low_p = sign_flips(drawn[:, None], FLIPS, draw).p[0] <= ALPHA
        seen += (high < 0, low_p and drawn.mean() < 0)
    return Power(
        name, measure, queries, drop, power_of_t(drop, sd, queries), *(seen / draws), draws
    )


def family(name: str, queries: int, draws: int) -> tuple[int, float]:
    """How often there is a false alarm among measures that are all without difference."""
    columns = [shifted(differences(name, measure)) for measure in MEASURES]
    values = np.stack([column for column in columns if column is not None], axis=1)
    chance, seen = np.random.default_rng(queries), 0
    for draw in range(draws):
        drawn = values[chance.integers(0, len(values), queries)]
        seen += sign_flips(drawn, FLIPS, draw).adjusted.min() <= ALPHA
    return values.shape[1], seen / draws


def wrong(row: Alarms) -> bool:
    """Whether a rate is above 5 % by more than 2 points and the Monte Carlo error."""
    worst = max(row.t, row.flips, row.held, row.regressed)
    return worst > ALPHA + 0.02 + row.error


def make() -> None:
    """Evaluate splade-tiny with 32 dims of each text on both collections, and keep the scores."""
    import harness
    from harness.assets import fetch
    from tests.support.compared import save_pruned

    PRUNED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        model = save_pruned(fetch("splade-tiny"), Path(folder) / "model", 32)
        for name, collection in COLLECTIONS.items():
            written = harness.evaluate(str(model), collection, progress=True).write(folder)
            queries = written.with_name(f"{written.stem}.per-query.csv")
            shutil.copy(queries, PRUNED / f"{name}.per-query.csv")


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def report(share: float) -> int:
    """Print the tables; 1 where a rate is not what is stated."""
    from benchmarks.machine import commit, describe, table

    start, draws = time.perf_counter(), max(50, round(DRAWS * share))
    print(f"{describe()}; {commit()}; {draws:,} draws, {FLIPS} sign flips each\n", flush=True)
    rows = [
        row
        for name, sizes in SIZES.items()
        for measure in MEASURES
        for queries in sizes
        for row in alarms(name, measure, queries, draws)
        if row.tested >= draws / 20
    ]
    print(
        table(
            [
                {
                    "differences of": f"{row.name.partition('-')[0]} {row.measure}, {row.null}",
                    "N": f"{row.queries:,}",
                    "tested": percent(row.tested / row.draws),
                    "t": percent(row.t),
                    "sign flips": percent(row.flips),
                    "held": percent(row.held),
                    "regressed": percent(row.regressed),
                }
                for row in rows
            ]
        )
    )
    powers = [
        power(name, measure, queries, draws)
        for name, sizes in SIZES.items()
        for measure in MEASURES
        for queries in sizes[1:]
    ]
    print()
    print(
        table(
            [
                {
                    "differences of": f"{one.name.partition('-')[0]} {one.measure}",
                    "N": f"{one.queries:,}",
                    "true drop": f"{one.drop:.4f}",
                    "predicted": percent(one.predicted),
                    "t": percent(one.t),
                    "sign flips": percent(one.flips),
                }
                for one in powers
            ]
        )
    )
    families = [(name, *family(name, sizes[-1], draws // 2)) for name, sizes in SIZES.items()]
    for name, measures, alarm in families:
        print(f"\n{name}, max-T over {measures} measures: one alarm or more in {percent(alarm)}.")
    off = [row for row in rows if wrong(row)]
    off_power = [one for one in powers if one.is_off]
    print(
        f"\n{len(off)} of {len(rows)} rates of false alarm above 5 % by more than 2 points and the "
        f"Monte Carlo error; {len(off_power)} of {len(powers)} powers off by more than 5 points; "
        f"{time.perf_counter() - start:.0f} s."
    )
    for row in (*off, *off_power):
        print(row)
    return int(bool(off or off_power))


def main() -> int:
    """Make the data, or print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the draws")
    parser.add_argument("--make", action="store_true", help="encode the pruned side again")
    given = parser.parse_args()
    if given.make:
        make()
        return 0
    return report(given.share)


if __name__ == "__main__":
    sys.exit(main())
