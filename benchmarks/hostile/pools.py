"""MS MARCO's pool in the files of both sources: Microsoft's JSON, and parquet as the hub has it."""

import gzip
import json

from benchmarks.hostile.case import ANY, FINE, REFUSED, Bench, Case
from benchmarks.hostile.files import damage
from benchmarks.hostile.records import spoil
from tests.support.pool_data import save_data_set, save_qna

_QNA = "../cache/irds/msmarco-qna/dev_v2.1.json.gz"
_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_REPOSITORY = "../cache/hf/hub/datasets--rasyosef--msmarco"


def qna(bench: Bench) -> Case:
    """The one gzipped JSON object: a key is another, it is deep, cut, a bomb, or damaged."""
    path = save_qna(bench.work / _QNA)
    text = gzip.decompress(path.read_bytes()).decode()
    way, codes = bench.chance.random(), ANY
    if way < 0.1:
        content = json.loads(text)
        bench.write(_QNA, gzip.compress(json.dumps(content, indent=1).encode()))
        flaw, codes = "written in another way", FINE
    elif way < 0.5:
        content = json.loads(text)
        flaw = spoil(bench, content)
        bench.write(_QNA, gzip.compress(json.dumps(content).encode()))
    elif way < 0.7:
        bad = bench.chance.choice(
            (text[: len(text) // 2], "[" * 10**6, '{"passages": ' * 1000, "9" * 10**6, " " * 10**8)
        )
        bench.write(_QNA, gzip.compress(bad.encode()))
        flaw, codes = f"{len(bad):,} characters of {bad[:12]!r}", REFUSED
    else:
        flaw, codes = damage(bench, _QNA)
        flaw = flaw.rpartition("/")[2]
        codes = ANY if "twice in a row" in flaw else codes
    return _case(bench, "qna", flaw, codes, "msmarco-pool/qna:36", real=False)


def parquet(bench: Bench) -> Case:
    """A shard of the data set as the hub's client keeps it: damaged, or another shard's content."""
    folder = f"{_REPOSITORY}/snapshots/{_COMMIT}"
    save_data_set(bench.work / folder)
    bench.write(f"{_REPOSITORY}/refs/main", _COMMIT)
    names = sorted(path.name for path in (bench.work / folder / "data").glob("dev-*"))
    chosen = f"{folder}/data/{bench.chance.choice(names)}"
    if bench.chance.random() < 0.1:
        flaw, codes = "as they are", FINE
    else:
        flaw, codes = damage(bench, chosen)
        flaw = flaw.rpartition("/")[2]
        codes = ANY if "missing" in flaw or "twice" in flaw else codes
    return _case(bench, "parquet", flaw, codes, "msmarco-pool/hub:36", real=True)


def _case(bench: Bench, kind, flaw, codes, collection: str, real: bool) -> Case:
    command = bench.chance.choice(("eval", "encode"))
    argv = [command, "--model", "model", "--collection", collection, "--device", "cpu"]
    if command == "eval":
        argv += ["--format", bench.chance.choice(("json", "table"))]
    return Case(command, kind, flaw, tuple(argv), codes, real=real)
