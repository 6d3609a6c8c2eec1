"""Run the campaign, count verdicts, and tell each fault with the two numbers that make it again."""

import gc
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import click

from benchmarks.hostile.case import Bench, own
from benchmarks.hostile.hubs import serving
from benchmarks.hostile.judge import FAULTS, Seen, state, verdict
from benchmarks.hostile.plan import Draw, plan
from benchmarks.hostile.sandbox import NOBODY, Outcome, confined, run
from benchmarks.machine import describe, table


def one(draw: Draw, seed: int, good: Path, root: Path, keep: bool) -> dict[str, str]:
    """Make a case, run it, judge it; what it came to, as a row."""
    folder = root / str(draw.number)
    bench = Bench.lay(folder, good, f"{seed}/{draw.number}")
    case = draw.maker(bench)
    if bench.cache.is_dir():
        # What numba has compiled: to compile takes half a minute, and is nobody's fault.
        shutil.copytree(good / "numba", bench.cache / "numba")
    if os.getuid() == 0:
        _give(folder, case.flaw)
    before = state(folder)
    with serving(case.hub) as hub:
        outcome = run(case, folder, _environment(case.environment, folder, hub), _start)
        slow = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        after = state(folder)
        name, said = verdict(Seen(case, outcome, before, after, folder, slow))
    if keep:
        (folder / "argv.json").write_text(json.dumps(case.argv))
    else:
        shutil.rmtree(folder, onerror=_open)
    return {
        "number": str(draw.number),
        "command": case.command,
        "kind": case.kind,
        "flaw": ascii(case.flaw),
        "verdict": name,
        "said": ascii(said)[:400],
        "argv": ascii(" ".join(case.argv))[:300],
        "last": _last(outcome),
        "wall": f"{outcome.wall:.2f}",
    }


def _give(folder: Path, flaw: str) -> None:
    """To nobody, but for what nobody may write to: that belongs to us."""
    own(folder, NOBODY)
    if flaw == "read-only folders":
        for path in (folder / "work", folder / "work/results", *(folder / "cache").rglob("*")):
            os.chown(path, 0, 0)
        os.chown(folder / "cache", 0, 0)


def _open(_, path, __):
    Path(path).parent.chmod(0o755)
    if Path(path).is_dir():
        Path(path).chmod(0o755)
        shutil.rmtree(path, ignore_errors=True)
    else:
        Path(path).unlink(missing_ok=True)


def _last(outcome: Outcome) -> str:
    lines = outcome.stderr.decode("utf-8", "replace").strip().splitlines() or [""]
    return ascii(lines[-1])[:300]


def _environment(given, folder: Path, hub: str) -> dict[str, str]:
    nowhere = "http://127.0.0.1:9"
    found = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path.cwd()),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "HARNESS_CACHE": str(folder / "cache"),
        "HF_HOME": str(folder / "cache/hf"),
        "IR_DATASETS_HOME": str(folder / "cache/irds"),
        "NUMBA_CACHE_DIR": str(folder / "cache/numba"),
        "HF_HUB_OFFLINE": "1",
        "PIP_INDEX_URL": f"{nowhere}/simple",
        "HTTPS_PROXY": nowhere,
        "HTTP_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1",
        "LANG": "C.UTF-8",
    }
    for name, value in given.items():
        found.pop(name, None)
        if value is not None:
            found[name] = value.replace("{hub}", hub)
    return found


def _start() -> int:
    import harness.cli

    tempfile.tempdir = None  # found out anew, from the environment of the case
    try:
        harness.cli.main()
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    return 0


def _preload(good: Path) -> None:
    """What every command imports, once; no thread may be started by it."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": "/nowhere/hf", "OPENBLAS_NUM_THREADS": "1"}
    os.environ["NUMBA_CACHE_DIR"] = str(good / "numba")
    import ranx  # noqa: F401
    import torch  # noqa: F401
    import transformers  # noqa: F401

    import harness.api.evaluation
    import harness.cli
    import harness.measures.ranx_kernels
    import harness.pipeline.run_experiment
    import harness.report.overview
    import harness.search.kernels  # noqa: F401

    gc.freeze()


@click.command(help=__doc__)
@click.option("--seed", type=int, help="[default: another each time]")
@click.option("--share", default=1.0, show_default=True, help="Of the whole campaign.")
@click.option("--only", help="A command or a kind.")
@click.option("--case", "number", type=int, help="The number of one case.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep each case's files here.")
@click.option("--jobs", default=os.cpu_count(), show_default=True)
def main(seed, share, only, number, keep, jobs):
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hostile-") as made:
        Path(made).chmod(0o755)
        root = (keep or Path(made) / "cases").resolve()
        root.mkdir(parents=True, exist_ok=True)
        good = Path(made).resolve() / "good"
        subprocess.run([sys.executable, "-m", "benchmarks.hostile.good", str(good)], check=True)
        sealed = confined(root / "seal")
        print(f"{describe()}; seed {seed}; {_told(sealed)}\n", flush=True)
        _preload(good)
        draws = plan(share if number is None else 1.0)
        if number is not None:
            draws = [draw for draw in draws if draw.number == number]
        draws = [draw for draw in draws if only in {None, draw.kind, draw.command}]
        random.Random(seed).shuffle(draws)  # so that one cut short has something of everything
        work = partial(one, seed=seed, good=good, root=root, keep=keep is not None)
        rows = []
        with get_context("fork").Pool(jobs) as pool, suppress(KeyboardInterrupt):
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            for row in pool.imap_unordered(work, draws):
                rows.append(row)
                _tell(row, seed)
    rows.sort(key=lambda row: int(row["number"]))
    for by in ("command", "kind"):
        print(f"\n{_counts(rows, by)}")
    slowest = sorted(rows, key=lambda row: -float(row["wall"]))[:8]
    slow = "; ".join(f"{row['wall']} s {row['kind']} {row['flaw'][:40]}" for row in slowest)
    print(f"\nThe slowest: {slow}")
    print(f"\n{len(rows):,} of {len(draws):,} cases in {time.monotonic() - began:.0f} s")
    faulty = any(row["verdict"] in FAULTS for row in rows)
    raise SystemExit(int(faulty or len(rows) < len(draws)))


def _told(sealed: bool) -> str:
    user = "as nobody" if os.getuid() == 0 else "as this user"
    where = "all but its folder read-only" if sealed else "its folder compared before and after"
    return f"each case {user}, {where}"


def _tell(row: dict[str, str], seed: int) -> None:
    """A fault, with the command that makes it again."""
    if row["verdict"] not in FAULTS:
        return
    print(f"{row['verdict']}: {row['command']}, {row['kind']}: {row['flaw']}: {row['said']}")
    print(f"    harness {row['argv']}\n    {row['last']}")
    again = f"python -m benchmarks.hostile --seed {seed} --case {row['number']} --keep DIR"
    print(f"    {again}\n", flush=True)


def _counts(rows: list[dict[str, str]], by: str) -> str:
    """How many of each came to what, and all of them."""
    columns = ("right", "refused", *FAULTS)
    found = Counter((row[by], row["verdict"]) for row in rows)
    names = (*dict.fromkeys(row[by] for row in rows),)
    lines = [
        {by: name, "cases": str(sum(found[name, c] for c in columns))}
        | {column: str(found[name, column]) for column in columns}
        for name in names
    ]
    total = {by: "all", "cases": str(len(rows))}
    total |= {c: str(sum(found[name, c] for name in names)) for c in columns}
    return table([*lines, total])


if __name__ == "__main__":
    main()
