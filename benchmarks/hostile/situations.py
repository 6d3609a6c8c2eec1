"""What is not in a file: options, environment, streams and folders, for every command."""

import os
from collections.abc import Callable, Mapping

from benchmarks.hostile.case import ANY, FINE, REFUSED, Bench, Case
from benchmarks.hostile.sandbox import STREAMS
from benchmarks.hostile.values import ENVIRONMENT, HARMLESS, OPTIONS

_COMMON = ("--model", "model", "--collection", "beir", "--device", "cpu", "--threads", "1")
LINES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "list": (("list",),),
    "fetch": (("fetch", "my.toml"),),
    "eval": (("eval", *_COMMON), ("eval", "my.toml", "--device", "cpu")),
    "reproduce": (("reproduce", "my.toml", "--device", "cpu", "--threads", "1"),),
    "score": (("score", "--run", "results/mine.run.gz", "--qrels", "beir/qrels/test.tsv"),),
    "check": (("check", "my.toml"), ("check", "my.toml", "--baseline", "results/both.json")),
    "compare": (("compare", "results/mine.json", "results/mine.json"),),
    "why": (("why", "results/mine.json"), ("why", "mine")),
    "explain": (("explain", "results/beir-model.json", "--query", "q01", "--encode"),),
    "terms": (("terms", "results/beir-model.json"),),
    "sweep": (("sweep", "results/beir-model.json", "-p", "both:top=4,8"),),
    "mean": (("mean", "both", "results/beir-model.json", "results/beir2-model.json"),),
    "report": (("report",),),
    "card": (("card", "cards/percent-table.md"), ("card", "cards/nanobeir.md")),
    "audit": (("audit", "cards/nanobeir.md"),),
    "encode": (("encode", *_COMMON),),
    "cache list": (("cache", "list"),),
    "cache prune": (("cache", "prune", "--all"),),
}
"""A good command line or two of each command; each ends with 0, but for the baseline, which is of
another collection."""


def _good(argv: tuple[str, ...]) -> frozenset[int]:
    """How such a line ends where nothing is wrong."""
    if argv[0] in {"terms", "sweep"}:  # of an empty cache there is nothing to count
        return FINE | {3}
    return REFUSED if "--baseline" in argv else FINE


_JUDGING = {"eval", "reproduce", "check", "compare", "why", "audit"}
STYLED = frozenset(_JUDGING | {"score", "explain", "terms", "sweep", "mean", "card"})


def traps(bench: Bench) -> None:
    """The odd files that `values` names."""
    (bench.work / "loop").symlink_to("loop")
    (bench.work / "dangling").symlink_to("nowhere/at/all")
    (bench.work / "closed").mkdir(mode=0)
    os.mkfifo(bench.work / "fifo")


def _line(bench: Bench, command: str) -> tuple[str, ...]:
    argv = bench.chance.choice(LINES[command])
    if command in STYLED and bench.chance.random() < 0.5:
        argv += ("--format", bench.chance.choice(("json", "markdown")))
    if bench.chance.random() < 0.7:
        bench.warm()
    return argv


def options(bench: Bench, command: str) -> Case:
    """One option or argument that is out of kind."""
    traps(bench)
    argv, (option, values) = _line(bench, command), bench.chance.choice(OPTIONS[command])
    value = bench.chance.choice(values).replace("\x00", "0")
    given = [value] if not option else [f"{option}={value}"]
    if option in argv:
        at = argv.index(option)
        argv = (*argv[:at], *argv[at + 2 :])
    elif option and bench.chance.random() < 0.3 and value and not value.startswith("-"):
        given = [option, value]
    outputs = (f"work/{value}", "work/nowhere") if value and value not in {"/", "."} else ()
    flaw = f"{option or 'an argument'} {value[:30]!r}"
    return Case(command, "options", flaw, (*argv, *given), ANY, outputs=outputs, real=_odd(value))


def _odd(value: str) -> bool:
    """What an interpreter reads from its command line in its own way."""
    return "\udcff" in value


def environment(bench: Bench, command: str) -> Case:
    """A variable that is out of kind, read where programs read it: at their start."""
    traps(bench)
    name = bench.chance.choice(sorted(ENVIRONMENT))
    value = bench.chance.choice(ENVIRONMENT[name])
    argv = _line(bench, command)
    codes = _good(argv) if name in HARMLESS else ANY
    flaw = f"{name}={value if value is None else value[:30]!r}"
    given = {name: value if value is None else value.replace("\x00", "0")}
    outputs = ("work/relative", *((f"work/{value}",) if value and value[0] not in "/." else ()))
    return Case(
        command, "environment", flaw, argv, codes, environment=given, outputs=outputs, real=True
    )


def streams(bench: Bench, command: str) -> Case:
    """Closed, full and unread streams: the verdict stays, or the exit code says what happened."""
    name = bench.chance.choice([one for one in STREAMS if one != "files"])
    argv = _line(bench, command)
    broken = bench.chance.random() < 0.3
    if broken:
        argv = (*argv, "--no-such-option")
    codes = _good(argv)
    if "stdin" not in name and "stderr" not in name:  # what there was to say is lost
        codes |= {3, 141}
    codes = frozenset({2}) if broken else codes
    return Case(
        command, "streams", f"{name}{', refused' * broken}", argv, codes, streams=name, real=True
    )


def _gone(bench: Bench, _: tuple[str, ...]) -> str:
    (bench.folder / "gone").mkdir()
    return "gone"


def _read_only(bench: Bench, _: tuple[str, ...]) -> str:
    """Folders that nobody may write to, given by another."""
    given = (bench.work, bench.work / "results", bench.folder / "home", bench.cache)
    for path in (*given, *bench.cache.rglob("*")):
        if path.is_dir():
            path.chmod(0o555)
    return "work"


def _cache_is_a_file(bench: Bench, _: tuple[str, ...]) -> str:
    for path in sorted(bench.cache.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    bench.cache.rmdir()
    bench.cache.write_text("a file")
    return "work"


def _results_are_a_file(bench: Bench, _: tuple[str, ...]) -> str:
    (bench.work / "results").rename(bench.work / "aside")
    (bench.work / "results").write_text("a file")
    return "work"


def _foreign(bench: Bench, _: tuple[str, ...]) -> str:
    """Somebody's own files where ours would come."""
    for name in ("README.md", "mine.md", "both.json", "beir-model.csv", "beir-model.json"):
        (bench.work / "results" / name).write_text("My own notes.\n")
    return "work"


def _links(bench: Bench, _: tuple[str, ...]) -> str:
    """The results' folder, and the cache, lead into the home folder."""
    (bench.work / "results").rename(bench.work / "aside")
    (bench.work / "results").symlink_to("/dev/full")
    return "work"


FOLDERS: Mapping[str, Callable[[Bench, tuple[str, ...]], str]] = {
    "a deleted working folder": _gone,
    "read-only folders": _read_only,
    "the cache is a file": _cache_is_a_file,
    "results is a file": _results_are_a_file,
    "somebody's own files": _foreign,
    "results is a link to a device": _links,
}


def folders(bench: Bench, command: str) -> Case:
    """Folders that cannot be used, or hold what is somebody else's."""
    argv = _line(bench, command)
    flaw = bench.chance.choice(sorted(FOLDERS))
    cwd = FOLDERS[flaw](bench, argv)
    return Case(command, "folders", flaw, argv, ANY, cwd=cwd)


SITUATIONS: Mapping[str, Callable[[Bench, str], Case]] = {
    "options": options,
    "environment": environment,
    "streams": streams,
    "folders": folders,
}
