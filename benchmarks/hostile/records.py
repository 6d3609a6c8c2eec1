"""Experiments (TOML) and results (JSON): rewritten, flawed key by key, and damaged."""

import json
import math
from typing import Any

from benchmarks.hostile.case import ANY, FINE, REFUSED, Bench, Case
from benchmarks.hostile.files import damage

NUMBERS = (math.nan, math.inf, -math.inf, -1, 0, 10**400, 1e308, 10**20, -0.0, 2**63)
OTHERS = (None, True, [], {}, "", [[]], {"a": 1}, "x", [1, "x"])


def anything(bench: Bench) -> Any:
    """A value that is not of the kind, or is of it and out of reason."""
    kind = bench.chance.choice((NUMBERS, OTHERS, "text"))
    return bench.hostile() if kind == "text" else bench.chance.choice(kind)


def places(content: Any, path: tuple = ()) -> list[tuple]:
    """The paths of all that lies in a JSON value."""
    inner = content.items() if isinstance(content, dict) else ()
    inner = enumerate(content) if isinstance(content, list) else inner
    below = [each for key, value in inner for each in places(value, (*path, key))]
    return [path, *below] if path else below


def spoil(bench: Bench, content: Any) -> str:
    """Change, remove, rename or add one key; what was done."""
    *way, last = bench.chance.choice(places(content))
    holder = content
    for key in way:
        holder = holder[key]
    name = ".".join(map(str, (*way, last)))
    act = bench.chance.randrange(5)
    if act == 0:
        del holder[last]
        return f"without {name}"
    if act == 1 and isinstance(holder, dict):
        holder[bench.hostile()] = holder.pop(last)
        return f"{name} under another key"
    if act == 2 and isinstance(holder, dict):
        holder[bench.hostile()] = anything(bench)
        return f"a strange key beside {name}"
    holder[last] = anything(bench)
    return f"{name} is {repr(holder[last])[:30]}"


def deep(bench: Bench, name: str) -> str:
    """Brackets without end, a number without end, a key without end."""
    marks = bench.chance.choice(("[", '{"a":', "9", '{"schema": 2, "x": 1e'))
    bench.write(name, marks * (200_000 if len(marks) < 6 else 1) + "9" * 5000)
    return "deep or long"


COMMANDS = ("check", "baseline", "mean", "report", "eval")


def result_file(bench: Bench) -> Case:
    """A result that is read by check (as such and as a baseline), mean, report and eval."""
    command = bench.chance.choice(COMMANDS)
    name = (
        "results/mine.json" if command in {"check", "report", "eval"} else "results/beir-model.json"
    )
    codes, scores, why = ANY, None, ""
    way = bench.chance.random()
    if way < 0.15:
        content = json.loads(bench.text(name))
        content = dict(bench.chance.sample(sorted(content.items()), len(content)))
        bench.write(name, json.dumps(content, ensure_ascii=bench.chance.random() < 0.5))
        why, codes = "written in another way", FINE
        if command == "mean":
            scores = json.loads((bench.good / "truth.json").read_text())["mean"]
    elif way < 0.65:
        content = json.loads(bench.text(name))
        why = "; ".join(spoil(bench, content) for _ in range(bench.chance.choice((1, 1, 1, 3))))
        text = json.dumps(content)
        bench.write(name, text)
        codes = ANY if "NaN" not in text and "Infinity" not in text else frozenset({1, 2, 3})
    elif way < 0.75:
        why, codes = deep(bench, name), frozenset({0, 2, 3}) if command == "eval" else REFUSED
    else:
        why, codes = damage(bench, name)
    if command == "eval" or (command == "report" and "missing" in why):
        codes = ANY  # the result is written anew, or refused as another's
        bench.warm()
    argv = {
        "check": ("check", "my.toml"),
        "baseline": ("check", "my.toml", "--baseline", name),
        "mean": ("mean", "both", name, "results/beir2-model.json"),
        "report": ("report",),
        "eval": ("eval", "my.toml", "--device", "cpu", "--threads", "1"),
    }[command]
    of = argv[0]
    style = () if of == "report" else ("--format", "json" if scores else _style(bench))
    return Case(of, "result", f"{command}, {why}", (*argv, *style), codes, scores)


TOML = (
    ("name = {text}", 'name = "mine"'),
    ("title = {text}", 'title = "a tiny model on forty documents"'),
    ("id = {text}", 'id = "model"'),
    ("id = {text}", 'id = "beir"'),
    ("policy = {text}", 'policy = "st"'),
    ("depth = {number}", "depth = 100"),
    ("source = {text}", 'source = "made for the campaign"'),
    ("exact = {number}", "exact = true"),
    ("measure = {text}", 'measure = "map@100"'),
    ("tolerance = {number}", "tolerance = 0.01"),
    ("because = {text}", 'because = "to have one"'),
    ("{key} = {text}", 'because = "to have one"'),
    ("relevance_level = {number}", 'policy = "st"'),
    ("measures = [{text}]", 'policy = "st"'),
    ("revision = {text}", 'id = "model"'),
    ('id = "model"\nmax_length = {number}', 'id = "model"'),
    ('id = "model"\nunknown = {number}', 'id = "model"'),
    ('"dot_ndcg@10" = {text}', '"dot_ndcg@10"'),
    ('"dot_mrr@10" = {number}', '"dot_mrr@10"'),
    ("{key} = 1", '"dot_mrr@10"'),
)
_BOMBS = (
    lambda: "\n".join(f"a{n}.b.c = 1" for n in range(50_000)),
    lambda: ".".join("a" * 50_000) + " = 1",
    lambda: "x = " + "[" * 100_000,
    lambda: "x = " + "9" * 100_000,
    lambda: "x = " + "{a=" * 10_000,
    lambda: "x = 1979-05-27T07:32:00Z",
    lambda: 'x = "' + "y" * 5_000_000 + '"',
)


def experiment_file(bench: Bench) -> Case:
    """An experiment that is read by check, eval, encode and fetch."""
    command = bench.chance.choice(("check", "check", "eval", "encode", "fetch"))
    way, codes = bench.chance.random(), ANY
    if way < 0.15:
        lines = bench.text("my.toml").replace(" = ", "=").replace("\n\n", "\n# a comment\n")
        bench.write("my.toml", lines)
        flaw, codes = "written in another way", FINE
    elif way < 0.65:
        new, old = bench.chance.choice(TOML)
        text = json.dumps(bench.hostile())  # JSON's strings are TOML's, surrogates aside
        number = bench.chance.choice(("nan", "inf", "-1", "0", "1e308", "9" * 400, '"x"', "[]"))
        line = new.format(text=text, number=number, key=text)
        whole = bench.text("my.toml")
        at = whole.index(old)
        end = whole.index("\n", at)
        bench.write("my.toml", whole[:at] + line + whole[end:])
        flaw = line[:50]
    elif way < 0.75:
        bomb = bench.chance.choice(_BOMBS)()
        bench.write("my.toml", bench.text("my.toml") + "\n[bomb]\n" + bomb + "\n")
        flaw, codes = f"{len(bomb):,} characters of {bomb[:20]!r}", REFUSED
    else:
        flaw, codes = damage(bench, "my.toml")
    bench.warm()
    argv = [command, "my.toml"]
    if command in {"eval", "encode"}:
        argv += ["--device", "cpu", "--threads", "1"]
    if command in {"check", "eval"}:
        argv += ["--format", _style(bench)]
    return Case(command, "experiment", flaw, tuple(argv), codes)


def _style(bench: Bench) -> str:
    return bench.chance.choice(("json", "json", "table", "markdown"))
