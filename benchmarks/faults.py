"""Break the default evaluation in every way that a disk can, and compare how it ends.

    python -m benchmarks.faults

What must hold: a clear sentence with exit code 3 or a silent repair, and in the end the result, the
run and the scores of each query byte for byte as undisturbed (the result's provenance aside). The
full disk is a tmpfs that `mount` must be allowed to make; without that it is said and left out.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from benchmarks.kill import command, start, written
from benchmarks.machine import describe, table


def run(cache: Path, results: Path) -> subprocess.CompletedProcess[str]:
    """The default evaluation, to its end."""
    return subprocess.run(
        command(results, ()),
        env={**os.environ, "HARNESS_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def shards(cache: Path) -> list[Path]:
    return sorted(cache.glob("vectors/*/*.safetensors"))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    """One bit, in the middle of the weights."""
    content = bytearray(path.read_bytes())
    content[len(content) * 3 // 4] ^= 1
    path.write_bytes(content)


def exchange(path: Path) -> None:
    """The whole and sound content of another shard of the same encoder."""
    other = next(one for one in sorted(path.parent.glob("*.safetensors")) if one != path)
    shutil.copyfile(other, path)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[bool]:
    """A tmpfs of that size at the folder; False where it cannot be made."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield made
    finally:
        if made:
            subprocess.run(["umount", str(folder)], check=True)


def last(text: str) -> str:
    """What a person reads: the last line of stderr."""
    return (text.strip().splitlines() or [""])[-1]


@click.command(help=__doc__)
@click.option("--seed", default=0, show_default=True)
def main(seed):
    from harness.assets import fetch

    chance = random.Random(seed)
    print(f"{describe()}; seed {seed}\n")
    assets = fetch("splade-tiny").parent
    fetch("crowdrag-25")
    rows, wrong = [], 0
    with tempfile.TemporaryDirectory() as work:
        cache, results = Path(work) / "cache", Path(work) / "results"
        shutil.copytree(assets, cache / "assets")
        calm = run(cache, results)
        expected = written(results)

        def tell(what: str, code: int, said: str) -> None:
            nonlocal wrong
            same = results.exists() and written(results) == expected
            wrong += not same or code != 0
            ends = f"{code}, {'identical' if same else 'DIFFERENT'}"
            rows.append({"what happened": what, "what it said": said, "exit code, result": ends})
            shutil.rmtree(results, ignore_errors=True)

        tell("nothing", calm.returncode, "")
        for damage in (truncate, empty, flip, exchange):
            path = chance.choice(shards(cache))
            damage(path)
            done = run(cache, results)
            said = [line for line in done.stderr.splitlines() if "encoded again" in line]
            told = last("\n".join(said)).replace(str(path), "…")
            tell(f"a shard: {damage.__name__}", done.returncode, told)
        shutil.rmtree(cache / "vectors")
        pair = [start(cache, Path(work) / name, ()) for name in ("results", "twin")]
        codes = [process.wait() for process in pair]
        same = written(Path(work) / "twin") == expected
        failed = max(codes) or int(not same)
        tell("two at once, cold", failed, f"the other: {'identical' if same else 'DIFFERENT'}")
        full(Path(work), cache / "assets", results, tell)
    print(table(rows))
    raise SystemExit(int(wrong > 0))


def full(work: Path, assets: Path, results: Path, tell) -> None:
    """A disk with room for some of the shards; then with room enough."""
    with small_disk(work / "disk", "3m") as made:
        if not made:
            print("mount is not allowed here: no full disk\n", file=sys.stderr)
            return
        (work / "disk/assets").symlink_to(assets)
        done = run(work / "disk", results)
        kept = len(shards(work / "disk"))
        left = results.exists() or list((work / "disk").rglob("*.tmp"))
        subprocess.run(["mount", "-o", "remount,size=64m", str(work / "disk")], check=True)
        again = run(work / "disk", results)
        clean = "LEFT SOMETHING" if left else "nothing half-written"
        said = f"{last(done.stderr)} (exit code {done.returncode}; {kept} shards kept, {clean})"
        failed = again.returncode or int(done.returncode != 3 or bool(left))
        tell("a full disk, then room", failed, said.replace(str(work), "…"))


if __name__ == "__main__":
    main()
