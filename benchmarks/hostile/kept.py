"""What lies in the cache: vector shards, notes beside them, assets; and cards of models."""

import random

from benchmarks.hostile.case import ANY, FINE, REFUSED, Bench, Case
from benchmarks.hostile.files import damage
from benchmarks.hostile.models import _truth
from harness.assets.table import ASSETS
from tests.support.fuzz_cards import mutate


def shard(bench: Bench) -> Case:
    """A damaged shard is encoded again: the numbers stay."""
    bench.warm()
    folder = next((bench.cache / "vectors").iterdir())
    files = sorted(path for path in folder.iterdir() if path.is_file())
    chosen = bench.chance.choice(files)
    if bench.chance.random() < 0.2:
        chosen = bench.chance.choice([path for path in files if path.suffix == ".safetensors"])
        other = bench.chance.choice([path for path in files if path != chosen])
        chosen.write_bytes(other.read_bytes())
        flaw = "the content of another file"
    else:
        flaw, _ = damage(bench, f"../cache/{chosen.relative_to(bench.cache)}")
        flaw = f"{chosen.suffix}: {flaw.rpartition(': ')[2]}"
    common = ("--model", "model", "--collection", "beir", "--device", "cpu", "--threads", "1")
    argv, codes, scores = bench.chance.choice(
        (
            (("eval", *common, "--format", "json"), ANY - {1}, _truth(bench)),
            (("encode", *common), ANY - {1}, None),
            (("cache", "list"), ANY - {1}, None),
            (("cache", "prune", "--all"), ANY - {1}, None),
            (("cache", "prune", folder.name[:8]), ANY - {1}, None),
        )
    )
    command = " ".join(argv[:2]) if argv[0] == "cache" else argv[0]
    return Case(command, "shard", flaw, argv, codes, scores)


def asset(bench: Bench) -> Case:
    """Files under the name of an asset that are none of it; no network either."""
    name = bench.chance.choice(sorted(ASSETS))
    member = [one.name for one in ASSETS[name].members]
    for one in member:
        bench.write(f"../cache/assets/{name}/{one}", bench.text("model/config.json"))
    flaw, _ = damage(bench, f"../cache/assets/{name}/{bench.chance.choice(member)}")
    argv, codes = bench.chance.choice(
        (
            (("fetch",), REFUSED),
            (("fetch", "insuranceqa-splade-tiny"), REFUSED),
            (("eval", "--device", "cpu"), REFUSED),
            (("list",), FINE),
            (("encode", "--model", "asset:splade-tiny", "--collection", "beir"), REFUSED),
        )
    )
    return Case(argv[0], "asset", flaw, argv, codes)


def card(bench: Bench) -> Case:
    """A model card, mutated as the fuzzer of the cards does it, or with hostile texts in it."""
    names = sorted(path.name for path in (bench.work / "cards").iterdir())
    text = bench.text(f"cards/{bench.chance.choice(names)}")
    way, codes = bench.chance.random(), ANY
    bench.write("README.md", text)
    if way < 0.4:
        bench.write("README.md", mutate(text, random.Random(bench.chance.random())))
        flaw = "mutated"
    elif way < 0.7:
        lines = text.split("\n")
        for _ in range(3):
            at = bench.chance.randrange(len(lines))
            word = bench.chance.choice(lines[at].split() or ["|"])
            lines[at] = lines[at].replace(word, bench.hostile(), 1)
        bench.write("README.md", "\n".join(lines))
        flaw = "hostile words"
    else:
        flaw, codes = damage(bench, "README.md")
    style = ("--format", bench.chance.choice(("json", "table", "markdown")))
    argv = bench.chance.choice(
        (
            ("card", "README.md", *style),
            ("card", "README.md", "--to-experiment"),
            ("card", "README.md", "--dataset", bench.hostile().replace("\x00", "0"), *style),
            ("audit", "README.md", *style),
            ("audit", "README.md", "--documents", "49036", "--queries", "5000", *style),
        )
    )
    codes = codes if codes == REFUSED else ANY
    return Case(argv[0], "card", flaw, argv, codes)
