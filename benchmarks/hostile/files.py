"""Flaws that any file can have, whatever is in it."""

import gzip
import os
from collections.abc import Callable, Mapping

from benchmarks.hostile.case import ANY, REFUSED, Bench

POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
Flaw = Callable[[Bench, str], frozenset[int]]
"""Damages the file of a name and gives the exit codes that are right then."""


def empty(bench: Bench, name: str) -> frozenset[int]:
    bench.write(name, b"")
    return REFUSED


def folder(bench: Bench, name: str) -> frozenset[int]:
    (bench.work / name).unlink()
    (bench.work / name).mkdir()
    return REFUSED


def missing(bench: Bench, name: str) -> frozenset[int]:
    (bench.work / name).unlink()
    return REFUSED


def fifo(bench: Bench, name: str) -> frozenset[int]:
    (bench.work / name).unlink()
    os.mkfifo(bench.work / name)
    return REFUSED


def _link(target: str) -> Flaw:
    def link(bench: Bench, name: str) -> frozenset[int]:
        path = bench.work / name
        path.unlink()
        path.symlink_to(target.format(itself=path.name))
        return REFUSED

    return link


def unreadable(bench: Bench, name: str) -> frozenset[int]:
    (bench.work / name).chmod(0)
    return REFUSED


def utf16(bench: Bench, name: str) -> frozenset[int]:
    raw = (bench.work / name).read_bytes()
    bench.write(name, raw.decode("latin-1").encode("utf-16"))
    return REFUSED


def noise(bench: Bench, name: str) -> frozenset[int]:
    bench.write(name, bench.chance.randbytes(bench.chance.choice((1, 10, 5000))))
    return REFUSED


def zeros(bench: Bench, name: str) -> frozenset[int]:
    """Three gigabytes that take no room on the disk."""
    bench.write(name, b"")
    os.truncate(bench.work / name, 3 << 30)
    return REFUSED


def pointer(bench: Bench, name: str) -> frozenset[int]:
    bench.write(name, POINTER)
    return REFUSED


def html(bench: Bench, name: str) -> frozenset[int]:
    """What a captive portal answers to any request."""
    bench.write(name, "<!doctype html><html><title>Log in</title><body>Welcome</body></html>\n")
    return REFUSED


def cut(bench: Bench, name: str) -> frozenset[int]:
    raw = (bench.work / name).read_bytes()
    bench.write(name, raw[: bench.chance.randrange(len(raw))])
    return ANY


def flip(bench: Bench, name: str) -> frozenset[int]:
    raw = bytearray((bench.work / name).read_bytes())
    for _ in range(bench.chance.randint(1, 8)):
        raw[bench.chance.randrange(len(raw))] ^= 1 << bench.chance.randrange(8)
    bench.write(name, bytes(raw))
    return ANY


def insert(bench: Bench, name: str) -> frozenset[int]:
    """A hostile text anywhere."""
    raw = (bench.work / name).read_bytes()
    at = bench.chance.randrange(len(raw))
    bench.write(name, raw[:at] + bench.hostile().encode("utf-8", "surrogatepass") + raw[at:])
    return ANY


def latin(bench: Bench, name: str) -> frozenset[int]:
    """A letter as Latin-1 has it, in the middle of UTF-8."""
    raw = (bench.work / name).read_bytes()
    at = bench.chance.randrange(len(raw))
    bench.write(name, raw[:at] + b"\xe9" + raw[at:])
    return ANY


def line(bench: Bench, name: str) -> frozenset[int]:
    """One line of thirty megabytes."""
    bench.write(name, bench.chance.choice((b"a", b"9", b"[", b"a.", b" ", b"|")) * (30 << 20))
    return ANY


def double(bench: Bench, name: str) -> frozenset[int]:
    raw = (bench.work / name).read_bytes()
    bench.write(name, raw + raw)
    return ANY


def lines(bench: Bench, name: str) -> frozenset[int]:
    """Lines lost, doubled and exchanged."""
    rows = (bench.work / name).read_bytes().split(b"\n")
    for _ in range(bench.chance.randint(1, 4)):
        here, there = bench.chance.randrange(len(rows)), bench.chance.randrange(len(rows))
        rows[here : here + bench.chance.randint(0, 2)] = [rows[there]] * bench.chance.randint(0, 2)
        rows = rows or [b""]
    bench.write(name, b"\n".join(rows))
    return ANY


def bomb(bench: Bench, name: str) -> frozenset[int]:
    """A gzip file of one line of a gigabyte, under the name of a plain one."""
    bench.write(name, gzip.compress(bytes(1 << 26)) * 16)
    return REFUSED


EVERY: Mapping[str, Flaw] = {
    "empty": empty,
    "a folder": folder,
    "missing": missing,
    "a FIFO": fifo,
    "a link to /dev/zero": _link("/dev/zero"),
    "a dangling link": _link("nowhere"),
    "a link to itself": _link("{itself}"),
    "unreadable": unreadable,
    "UTF-16": utf16,
    "noise": noise,
    "three gigabytes of zeros": zeros,
    "a Git LFS pointer": pointer,
    "HTML": html,
    "cut": cut,
    "bits flipped": flip,
    "a hostile text inside": insert,
    "a byte of Latin-1": latin,
    "a line of thirty megabytes": line,
    "twice in a row": double,
    "lines exchanged": lines,
    "gzipped zeros": bomb,
}


def damage(
    bench: Bench, name: str, but: frozenset[str] = frozenset()
) -> tuple[str, frozenset[int]]:
    """A flaw by chance: its name, and the exit codes that are right."""
    flaw = bench.chance.choice([one for one in EVERY if one not in but])
    return f"{name}: {flaw}", EVERY[flaw](bench, name)
