"""BEIR folders, plain and gzipped: records flawed, rewritten and damaged."""

import gzip
import json
from typing import Any

from benchmarks.hostile.case import ANY, FINE, REFUSED, Bench, Case
from benchmarks.hostile.files import damage
from benchmarks.hostile.models import _truth


def records(bench: Bench, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in bench.text(name).splitlines()]


def save(bench: Bench, name: str, rows: list[dict[str, Any]]) -> None:
    bench.write(name, "".join(json.dumps(row) + "\n" for row in rows))


def corpus(bench: Bench) -> Case:
    return _records(bench, "corpus", "beir/corpus.jsonl")


def queries(bench: Bench) -> Case:
    return _records(bench, "queries", "beir/queries.jsonl")


def _records(bench: Bench, kind: str, name: str) -> Case:
    way, codes, scores = bench.chance.random(), ANY, None
    rows = records(bench, name)
    if way < 0.25:
        flaw = _rewrite(bench, name, rows)
        codes, scores = FINE, _truth(bench)
    elif way < 0.7:
        flaw, codes = _spoil(bench, rows)
        save(bench, name, rows)
    elif way < 0.8:
        flaw, codes = _gzip(bench, name)
    else:
        flaw, codes = damage(bench, name)
    return evaluated(bench, kind, f"{name}: {flaw}", codes, scores)


def _rewrite(bench: Bench, name: str, rows: list[dict[str, Any]]) -> str:
    act = bench.chance.randrange(5)
    if act == 0:
        rows = [
            dict(reversed(row.items())) | {"metadata": {"url": bench.hostile()}} for row in rows
        ]
        save(bench, name, rows)
        return "other keys, in another order"
    if act == 1:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\r\n" for row in rows)
        bench.write(name, text)
        return "Windows' line ends"
    if act == 2:
        raw = (bench.work / name).read_bytes()
        (bench.work / name).unlink()
        bench.write(f"{name}.gz", gzip.compress(raw))
        return "gzipped"
    if act == 3:
        save(bench, name, [row | {"title": ""} for row in rows])
        return "empty titles"
    bench.write(name, (bench.work / name).read_bytes().removesuffix(b"\n"))
    return "no last line end"


def _spoil(bench: Bench, rows: list[dict[str, Any]]) -> tuple[str, frozenset[int]]:
    """One record, or all of them, as no collection should have it."""
    row, chance, bad = bench.chance.choice(rows), bench.chance, bench.hostile()
    key, codes = chance.choice(("_id", "text")), ANY
    match chance.randrange(10):
        case 0:
            del row[key]
            flaw, codes = f"no {key}", REFUSED
        case 1:
            row[key] = chance.choice((7, None, [], {}, 1.5, True))
            flaw, codes = f"{key} is {row[key]}", REFUSED
        case 2:
            rows.append(dict(row))
            flaw, codes = "an id twice", REFUSED
        case 3 | 4 | 5 | 6:
            odd = ("", " ", "a b", "a\nb", "\ud800", "%20", "\u00a0")
            row["_id"] = chance.choice((bad, chance.choice(odd)))
            flaw, codes = f"the id {row['_id'][:20]!r}", ANY if row["_id"] else REFUSED
        case 7:
            row["text"] = chance.choice(("", bad, "\ud800", "word " * 200_000, "\x00" * 99))
            flaw = f"the text {row['text'][:20]!r}"
        case 8:
            row["title"] = chance.choice((7, None, [], bad))
            flaw = f"the title {str(row['title'])[:20]!r}"
        case _:
            rows[:] = [row | {"_id": f"other-{n}"} for n, row in enumerate(rows)]
            flaw, codes = "no id that is judged", REFUSED
    return flaw, codes


def _gzip(bench: Bench, name: str) -> tuple[str, frozenset[int]]:
    """A gzip file that is cut, not gzip, a folder, or a bomb."""
    raw = gzip.compress((bench.work / name).read_bytes())
    (bench.work / name).unlink()
    act = bench.chance.randrange(4)
    cut = raw[: bench.chance.randrange(20, len(raw) - 1)]
    content = (cut, b"no gzip", gzip.compress(bytes(1 << 26)) * 64, raw[:40] + b"\0" * 40)[act]
    bench.write(f"{name}.gz", content)
    return ("gzipped and cut", "no gzip", "a gzip bomb", "gzipped and damaged")[act], REFUSED


def judgements(bench: Bench) -> Case:
    """qrels/<split>.tsv of a BEIR folder, or a split that is not there."""
    name, way, codes, scores = "beir/qrels/test.tsv", bench.chance.random(), ANY, None
    asked = "beir"
    rows = bench.text(name).splitlines()
    if way < 0.2:
        head, *lines = rows
        bench.chance.shuffle(lines)
        bench.write(name, "\n".join((head, *lines)) + "\n")
        flaw, codes, scores = "in another order", FINE, _truth(bench)
    elif way < 0.5:
        bad = bench.hostile().replace("\n", " ").replace("\r", " ").replace("\t", " ")
        odd, codes = bench.chance.choice(
            (
                (f"q01\t{bad}\t1", ANY),
                (f"{bad}\td172\t1", ANY),
                (f"q01\td173\t{bad}", REFUSED),
                ("q01\td173", REFUSED),
                ("q01\td172\t0", REFUSED),
                ("q01\tnowhere\t1", REFUSED),
                ("nobody\td172\t1", ANY),
            )
        )
        rows.insert(bench.chance.randrange(1, len(rows) + 1), odd)
        bench.write(name, "\n".join(rows) + "\n")
        flaw = f"a line {odd[:40]!r}"
    elif way < 0.6:
        split = bench.chance.choice((":", ":dev", f":{bench.hostile()[:100]}", ":../test", "/"))
        asked, flaw = f"beir{split}".replace("\x00", ""), f"the split {split[:30]!r}"
    else:
        flaw, codes = damage(bench, name)
    return evaluated(bench, "judgements", f"{name}: {flaw}", codes, scores, asked)


def evaluated(bench, kind, flaw, codes, scores, asked="beir") -> Case:
    command = "eval" if scores or bench.chance.random() < 0.7 else "encode"
    argv = [command, "--model", "model", "--collection", asked, "--device", "cpu", "--threads", "1"]
    if command == "eval":
        argv += ["--results", "results", "--format", bench.chance.choice(("json", "table"))]
        if scores:
            argv[-1] = "json"
    return Case(command, kind, flaw, tuple(argv), codes, scores)
