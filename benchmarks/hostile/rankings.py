"""Runs and qrels: flawed, and rewritten so that every number must stay.

What is right of a rewritten file is computed from its rows by the oracle of the tests.
"""

import gzip
from collections.abc import Callable
from statistics import fmean

from benchmarks.hostile.case import ANY, FINE, REFUSED, Bench, Case
from benchmarks.hostile.files import damage
from tests.support import oracle

Row = tuple[str, str, float]
MEASURES = {"ndcg@10": ("ndcg", 10), "mrr@10": ("mrr", 10), "recall@5": ("recall", 5)}
_OPTIONS = ("--measures", ",".join(MEASURES))


def rows(bench: Bench) -> tuple[list[Row], list[Row]]:
    """A ranking and judgements by chance; every query judged has a relevant document."""
    chance = bench.chance
    queries = [f"q{n}" for n in range(chance.randint(1, 6))]
    run = [
        (query, f"d{doc}", chance.choice((1.0, 2.0, chance.uniform(-9, 9))))
        for query in queries
        for doc in chance.sample(range(30), chance.randint(1, 15))
    ]
    qrels = [
        (query, f"d{doc}", max(1 - n, chance.randint(0, 3)))
        for query in queries
        for n, doc in enumerate(chance.sample(range(30), 6))
    ]
    return run, qrels


def truth(run: list[Row], qrels: list[Row], policy: str) -> dict[str, float]:
    found = {}
    for measure, (name, cutoff) in MEASURES.items():
        values = []
        for query in dict.fromkeys(query for query, *_ in qrels):
            judged = [(doc, int(grade)) for one, doc, grade in qrels if one == query]
            ranking = [(doc, score) for one, doc, score in run if one == query]
            ordered = oracle.order(ranking, policy)
            values.append(getattr(oracle, name)(ordered, judged, cutoff, policy, 1))
        found[measure] = fmean(values)
    return found


def trec(run: list[Row], tag: str = "tag", space: str = " ", end: str = "\n") -> str:
    lines = (
        space.join((query, "Q0", doc, str(rank), repr(score), tag)) + end
        for rank, (query, doc, score) in enumerate(run, 1)
    )
    return "".join(lines)


def judgements(qrels: list[Row], space: str = " ") -> str:
    return "".join(space.join((query, "0", doc, str(grade))) + "\n" for query, doc, grade in qrels)


def beir(qrels: list[Row]) -> str:
    lines = ("\t".join((query, doc, str(grade))) + "\n" for query, doc, grade in qrels)
    return "query-id\tcorpus-id\tscore\n" + "".join(lines)


REWRITTEN: dict[str, Callable[[Bench, list[Row]], str | bytes]] = {
    "in another order of lines": lambda b, run: trec(b.chance.sample(run, len(run))),
    "with tabs": lambda _, run: trec(run, space="\t"),
    "with more spaces": lambda _, run: trec(run, space="  \t"),
    "with Windows' line ends": lambda _, run: trec(run, end="\r\n"),
    "without the last line end": lambda _, run: trec(run)[:-1],
    "with blank lines": lambda _, run: trec(run).replace("\n", "\n\n"),
    "with comments": lambda _, run: "# ir_metadata.start\n# tag: x\n" + trec(run),
    "under two tags": lambda _, run: trec(run[:1], "one") + trec(run[1:], "two"),
    "with a byte order mark": lambda _, run: "\ufeff" + trec(run),
    "with a rank of words": lambda _, run: trec(run).replace(" Q0 ", " iter "),
    "with exponents": lambda _, run: "".join(
        f"{q} Q0 {d} 1 {score:+.17e} t\n" for q, d, score in run
    ),
    "with unjudged queries": lambda _, run: trec([*run, ("other", "d1", 1.0)]),
    "gzipped": lambda _, run: gzip.compress(trec(run).encode()),
    "gzipped in two members": lambda _, run: b"".join(
        gzip.compress(trec([row]).encode()) for row in run
    ),
}
"""Files that hold the same ranking; where scores tie, the ids decide and not the lines."""

JUDGED: dict[str, Callable[[Bench, list[Row]], str | bytes]] = {
    "as BEIR": lambda _, qrels: beir(qrels),
    "in another order": lambda b, qrels: judgements(b.chance.sample(qrels, len(qrels))),
    "with tabs": lambda _, qrels: judgements(qrels, "\t"),
    "with blank lines": lambda _, qrels: judgements(qrels).replace("\n", "\n\n"),
    "with signs": lambda _, qrels: "".join(f"{q} 0 {d} +{g}\n" for q, d, g in qrels),
    "gzipped": lambda _, qrels: gzip.compress(judgements(qrels).encode()),
    "with Windows' line ends": lambda _, qrels: judgements(qrels).replace("\n", "\r\n"),
    "each judgement twice": lambda _, qrels: judgements([*qrels, *qrels]),
}


def _odd_run(bench: Bench) -> tuple[str, str, frozenset[int]]:
    """A line that no run can have, or an id that does harm where it is printed."""
    bad = bench.hostile().replace(" ", "_").replace("\n", "_").replace("\r", "_")
    score = bench.chance.choice(("nan", "inf", "1_0", "0x1p3", "1e999", "--1", bad))
    odd, codes = bench.chance.choice(
        (
            (f"q0 Q0 dx 1 {score} tag\n", REFUSED),
            (f"q0 Q0 {bad} 1 1.5 tag\n", ANY),
            (f"{bad} Q0 d1 1 1.5 tag\n", ANY),
            (f"q0 Q0 dx 1 1.5 {bad}\n", ANY),
            (f"q0 Q0 dx 1 1.5\n{bad}\n", REFUSED),
            ("q0 Q0 dy 1 1.5 tag\nq0 Q0 dy 1 1.5 tag\n", REFUSED),
            ("q0 Q0 dy 1 1.5 tag\nq0 Q0 dy 1 2.5 tag\n", REFUSED),
            ("q0 Q0 dy 1 1.5 tag extra\n", REFUSED),
        )
    )
    codes = REFUSED if "\x00" in odd or score in odd.split(" ")[4:5] else codes
    return f"a line {odd[:40]!r}", odd, codes


def _odd_qrels(bench: Bench) -> tuple[str, str, frozenset[int]]:
    bad = bench.hostile().replace(" ", "_").replace("\n", "_").replace("\r", "_")
    grade = bench.chance.choice(("1.5", "nan", "9" * 30, "1_0", "x", bad))
    odd, codes = bench.chance.choice(
        (
            (f"q0 0 dx {grade}\n", REFUSED),
            (f"q0 0 {bad} 1\n", ANY),
            (f"{bad} 0 dx 1\n", ANY),
            ("q0 0 dy 1\nq0 0 dy 2\n", REFUSED),
            ("q0 0 dy\n", REFUSED),
            ("q0 dy 0 dy 1\n", REFUSED),
        )
    )
    return f"a line {odd[:40]!r}", odd, codes


def run_file(bench: Bench) -> Case:
    """A run by chance under one of the policies, rewritten, flawed or damaged."""
    return _by_chance(bench, "run", REWRITTEN, trec, _odd_run)


def qrels_file(bench: Bench) -> Case:
    """Qrels by chance, likewise."""
    return _by_chance(bench, "qrels", JUDGED, judgements, _odd_qrels)


def _by_chance(bench: Bench, kind: str, rewritten, written, odd_line) -> Case:
    run, qrels = rows(bench)
    policy = bench.chance.choice(("st", "trec", "trec10"))
    bench.write("a.run", trec(run))
    bench.write("a.qrels", judgements(qrels))
    name, given = f"a.{kind}", run if kind == "run" else qrels
    way = bench.chance.random()
    scores, codes = None, ANY
    if way < 0.4:
        flaw = bench.chance.choice(sorted(rewritten))
        bench.write(name, rewritten[flaw](bench, given))
        scores, codes = truth(run, qrels, policy), FINE
    elif way < 0.7:
        flaw, odd, codes = odd_line(bench)
        lines = written(given).splitlines(keepends=True)
        lines.insert(bench.chance.randrange(len(lines) + 1), odd)
        bench.write(name, "".join(lines))
    else:
        flaw, codes = damage(bench, name)
    return _score(bench, kind, flaw, codes, scores, policy)


def _score(bench, kind, flaw, codes, scores, policy) -> Case:
    run = "a.run"
    if flaw.startswith("gzipped") and kind == "run":
        (bench.work / "a.run").rename(bench.work / "a.run.gz")
        run = "a.run.gz"
    qrels = "a.qrels"
    if flaw == "gzipped" and kind == "qrels":
        (bench.work / qrels).rename(bench.work / "a.qrels.gz")
        qrels = "a.qrels.gz"
    argv = ["score", "--run", run, "--qrels", qrels, "--policy", policy, *_OPTIONS]
    style = "json" if scores else bench.chance.choice(("json", "table", "markdown"))
    argv += ["--format", style]
    outputs: tuple[str, ...] = ()
    if bench.chance.random() < 0.4:
        argv += ["--per-query", "each.csv"]
        outputs = ("work/each.csv",)
    return Case("score", kind, flaw, tuple(argv), codes, scores, outputs=outputs)
