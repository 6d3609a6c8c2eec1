"""Run one command line where only the case's folder can be written, and say how it went.

As root, or where a user may have a namespace of mounts, everything but the case's folder is mounted
read-only, and the command runs as nobody, so that permissions mean what they say. Where neither is
allowed (`confined` says so), what is left is the comparison of the case's folder before and after.
"""

import ctypes
import errno
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hostile.case import Case

NOBODY = 65534
MEMORY = 12 << 30
FILE_SIZE = 1 << 30
KILL_AFTER = 60.0
_NEWNS, _NEWUSER = 0x00020000, 0x10000000
_RDONLY, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 32, 4096, 16384, 1 << 18
_KEEP = {"nosuid": 2, "nodev": 4, "noexec": 8}


@dataclass(frozen=True)
class Outcome:
    """What a run left: exit code (negative: the signal), output, seconds and megabytes."""

    code: int
    stdout: bytes
    stderr: bytes
    wall: float
    cpu: float
    peak_mb: float
    killed: bool


def run(case: Case, folder: Path, environment: dict[str, str], start: Callable[[], int]) -> Outcome:
    """Fork, confine, run `start` (or an interpreter) and wait; never longer than a minute."""
    sys.stdout.flush()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _child(case, folder, environment, start)
    killed, code, usage = False, 0, None
    while usage is None:
        done, status, now = os.wait4(child, os.WNOHANG)
        if done:
            usage, code = now, os.waitstatus_to_exitcode(status)
        elif time.monotonic() - began > KILL_AFTER:
            killed = True
            os.kill(child, signal.SIGKILL)
            time.sleep(0.05)
        else:
            time.sleep(0.003)
    wall = time.monotonic() - began
    read = [_read(folder / name) for name in ("stdout", "stderr")]
    cpu = usage.ru_utime + usage.ru_stime
    return Outcome(code, *read, wall, cpu, usage.ru_maxrss / 1024, killed)


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _child(case: Case, folder: Path, environment: dict[str, str], start: Callable[[], int]) -> None:
    code = 99
    try:
        os.setsid()
        cwd = folder / case.cwd
        _confine(folder)
        _limit()
        os.chdir(cwd)
        if case.cwd == "gone":
            cwd.rmdir()
        os.environ.clear()
        os.environ.update(environment)
        STREAMS[case.streams](folder)
        if case.real:
            os.execv(sys.executable, [sys.executable, "-m", "harness", *case.argv])
        for number, mode in enumerate("rww"):
            encoding = "utf-8"
            errors = "backslashreplace" if number == 2 else "strict"
            stream = os.fdopen(number, mode, encoding=encoding, errors=errors, closefd=False)
            setattr(sys, ("stdin", "stdout", "stderr")[number], stream)
            setattr(sys, ("__stdin__", "__stdout__", "__stderr__")[number], stream)
        sys.argv = ["harness", *case.argv]
        code = start()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - as an interpreter does, and it shows as a fault
        os.write(2, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def _confine(folder: Path) -> bool:
    """Everything read-only but the folder; as nobody where we are root. False: not allowed here."""
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEWNS | (0 if uid == 0 else _NEWUSER)) == 0:
        if uid:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
            Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
        sealed = _seal(libc, str(folder.resolve()).encode())
    else:
        sealed = False
    if uid == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    return sealed


def _seal(libc: ctypes.CDLL, folder: bytes) -> bool:
    if libc.mount(None, b"/", None, _REC | _PRIVATE, None):
        return False
    libc.mount(folder, folder, None, _BIND, None)
    # A container's own, in which numba has its lock; what is put there is gone with the case.
    libc.mount(b"tmpfs", b"/dev/shm", b"tmpfs", 0, b"mode=1777,size=64m")
    for path in {sys.base_prefix, sys.prefix, str(Path.cwd())}:
        _let_through(libc, Path(path))
    sealed = False
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, flags, *_ = line.split()
        if place in {folder.decode(), "/dev/shm"} or kind in {
            "proc",
            "sysfs",
            "cgroup",
            "devpts",
            "devtmpfs",
        }:
            continue
        keep = sum(bit for name, bit in _KEEP.items() if name in flags.split(","))
        options = _REMOUNT | _BIND | _RDONLY | keep
        done = libc.mount(None, place.encode(), None, options, None) == 0
        sealed = sealed or (place == "/" and done)
    return sealed


def _let_through(libc: ctypes.CDLL, path: Path) -> None:
    """Show to everybody a folder below a closed one, such as root's Python below /root."""
    closed = next((one for one in reversed(path.parents) if not one.stat().st_mode & 1), None)
    if closed is None:
        return
    opened = os.open(path, os.O_RDONLY)
    libc.mount(b"tmpfs", str(closed).encode(), b"tmpfs", 0, b"mode=0711,size=1m")
    path.mkdir(parents=True)
    libc.mount(f"/proc/self/fd/{opened}".encode(), str(path).encode(), None, _BIND, None)
    os.close(opened)


def confined(folder: Path) -> bool:
    """Whether writing outside a case's folder is made impossible here."""
    beside = folder.parent / f"{folder.name}.beside"
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _confine(folder)
            beside.write_text("")
        except OSError as error:
            code = 0 if error.errno == errno.EROFS else 1
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    beside.unlink(missing_ok=True)
    return code == 0


def _open(path: str | Path, number: int, flags: int = os.O_WRONLY) -> None:
    opened = os.open(path, flags | os.O_CREAT, 0o644) if flags != os.O_RDONLY else os.open(path, 0)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)


def _files(folder: Path) -> None:
    """Nothing on stdin; what is said lies in two files."""
    _open(os.devnull, 0, os.O_RDONLY)
    _open(folder / "stdout", 1)
    _open(folder / "stderr", 2)


def _closed(*numbers: int) -> Callable[[Path], None]:
    def set_up(folder: Path) -> None:
        _files(folder)
        for number in numbers:
            os.close(number)

    return set_up


def _device(path: str, *numbers: int) -> Callable[[Path], None]:
    def set_up(folder: Path) -> None:
        _files(folder)
        for number in numbers:
            _open(path, number, os.O_WRONLY)

    return set_up


def _unread(*numbers: int) -> Callable[[Path], None]:
    """A pipe that nobody reads any more."""

    def set_up(folder: Path) -> None:
        _files(folder)
        reader, writer = os.pipe()
        os.close(reader)
        for number in numbers:
            os.dup2(writer, number)

    return set_up


STREAMS: dict[str, Callable[[Path], None]] = {
    "files": _files,
    "stdin closed": _closed(0),
    "stdout closed": _closed(1),
    "stderr closed": _closed(2),
    "both closed": _closed(1, 2),
    "all closed": _closed(0, 1, 2),
    "stdout full": _device("/dev/full", 1),
    "stderr full": _device("/dev/full", 2),
    "both full": _device("/dev/full", 1, 2),
    "stdout unread": _unread(1),
    "stderr unread": _unread(2),
    "both unread": _unread(1, 2),
}
"""How the three streams are set up; all but the first for a real interpreter."""
