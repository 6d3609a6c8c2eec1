"""Which cases there are: at least so many for each kind of file and for each command."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from itertools import cycle, islice
from typing import NamedTuple

from benchmarks.hostile import beir, hubs, kept, models, pools, rankings, records
from benchmarks.hostile.case import Maker
from benchmarks.hostile.situations import LINES, SITUATIONS

FILES = 40
COMMANDS = 60
KINDS: Mapping[str, Maker] = {
    "run": rankings.run_file,
    "qrels": rankings.qrels_file,
    "result": records.result_file,
    "experiment": records.experiment_file,
    "card": kept.card,
    "configuration": models.configuration,
    "tokenizer": models.tokenizer,
    "weights": models.weights,
    "corpus": beir.corpus,
    "queries": beir.queries,
    "judgements": beir.judgements,
    "qna": pools.qna,
    "parquet": pools.parquet,
    "shard": kept.shard,
    "asset": kept.asset,
    "hub": hubs.hub,
}
"""The kinds of file (and of what a hub sends), each with what makes a case of it."""


class Draw(NamedTuple):
    """The place of a case in the plan; its number and the seed make it."""

    number: int
    kind: str
    command: str
    maker: Maker


def plan(share: float = 1.0) -> list[Draw]:
    """Every kind of file 40 times, and every command 60 times without counting files; by share."""
    draws = [(kind, "", maker) for kind, maker in KINDS.items() for _ in range(FILES)]
    draws += [
        (situation, command, partial(_situation, situation, command))
        for command in LINES
        for situation in islice(cycle(SITUATIONS), COMMANDS)
    ]
    numbered = [Draw(number, *draw) for number, draw in enumerate(draws)]
    sizes = Counter((draw.kind, draw.command) for draw in numbered)
    chosen: Counter[tuple[str, str]] = Counter()
    kept = []
    for draw in numbered:
        group = (draw.kind, draw.command)
        if chosen[group] < share * sizes[group]:
            chosen[group] += 1
            kept.append(draw)
    return kept


def _situation(situation, command, bench):
    return SITUATIONS[situation](bench, command)
