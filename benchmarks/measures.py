"""Time and memory of all fifteen measures over MS MARCO's judged dev queries' worth of rankings.

    python -m benchmarks.measures [--queries 55578] [--depth 100]

The peak is that of the process, with the run and everything imported. What is compiled or imported
on the first call is taken out by a call on one query before.
"""

import time

import click
import numpy as np

from benchmarks.machine import describe, table


@click.command(help=__doc__)
@click.option("--queries", default=55_578, show_default=True)
@click.option("--depth", default=100, show_default=True)
def main(queries, depth):
    from harness.data.qrels import Judgement, Qrels
    from harness.data.run import Run
    from harness.measures import Policy, score
    from harness.measures.names import CARD
    from harness.system.memory import peak_memory_gb

    print(f"{describe()}; {queries:,} queries x {depth} documents\n")
    chance = np.random.default_rng(0)
    ids = [f"d{n}" for n in range(200_000)]
    firsts = chance.integers(0, len(ids), queries).tolist()
    docs = [ids[(first + 37 * rank) % len(ids)] for first in firsts for rank in range(depth)]
    relevant = chance.integers(0, depth, queries).tolist()
    run = Run(
        "synthetic",
        tuple(f"q{n}" for n in range(queries)),
        np.arange(0, queries * depth + 1, depth, dtype=np.int64),
        docs,
        np.tile(np.linspace(30.0, 1.0, depth), queries),
    )
    qrels = Qrels(
        {f"q{n}": (Judgement(docs[n * depth + rank], 1),) for n, rank in enumerate(relevant)}
    )
    one = Run.from_rankings("one", {"q0": [("d", 1.0)]}), Qrels({"q0": (Judgement("d", 1),)})
    rows = []
    for policy in (Policy("st"), Policy("trec")):
        score(*one, CARD, policy)
        started = time.perf_counter()
        score(run, qrels, CARD, policy, kernels="ranx")
        seconds = f"{time.perf_counter() - started:.1f}"
        rows.append(
            {"policy": policy.name, "seconds": seconds, "peak GB": f"{peak_memory_gb():.2f}"}
        )
    print(table(rows))


if __name__ == "__main__":
    main()
