"""Nothing of Linux only: the default command with what macOS and Windows lack taken away."""

import ast
import ctypes
import errno
import json
import os
import platform
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import harness.cli
from harness.cli import run
from harness.encoder.screen import native
from harness.system import memory
from tests.support import ROOT

UNIX_MODULES = {
    *("resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog", "curses"),
    *("readline", "crypt", "spwd", "nis", "ossaudiodev"),
}
"""Of the standard library; Windows has none of them."""

UNIX_NAMES = {
    *("sched_getaffinity", "sched_setaffinity", "EDQUOT", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC"),
    *("fork", "getuid", "geteuid", "getgid", "getpgid", "killpg", "setsid", "chown", "mkfifo"),
    *("statvfs", "uname", "nice", "getloadavg", "sysconf", "posix_fadvise", "sendfile", "pread"),
    *(
        "SIGKILL",
        "SIGPIPE",
        "SIGHUP",
        "SIGALRM",
        "alarm",
        "setitimer",
        "pthread_sigmask",
        "AF_UNIX",
    ),
    *("symlink_to", "hardlink_to", "symlink", "lchmod", "F_FULLFSYNC"),
}
"""Of `os`, `errno`, `signal`, `socket` and paths; looked up with getattr, if at all."""

TREES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "harness").rglob("*.py"))
}


def test_house_fault_2_no_module_imports_a_unix_module_before_it_is_asked_to():
    """`import harness.system.provenance` ended with ModuleNotFoundError on Windows."""
    found = []
    for name, tree in TREES.items():
        inside = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef)
            for node in ast.walk(function)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in inside:
                names = [alias.name for alias in node.names]
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                found += [(name, n) for n in names if n.partition(".")[0] in UNIX_MODULES]
    assert found == []


def test_house_fault_2_no_unix_name_is_taken_for_granted():
    """`os.sched_getaffinity` and `errno.EDQUOT` were."""
    found = [
        (name, node.attr)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in UNIX_NAMES
    ]
    assert found == []


@pytest.fixture(params=["darwin", "win32"])
def elsewhere(request, monkeypatch):
    """This process as it would be on another system, as far as Python can tell."""
    read_text, load = Path.read_text, ctypes.CDLL

    def without_proc(path, *arguments, **named):
        if str(path).startswith("/proc"):
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))
        return read_text(path, *arguments, **named)

    def library(name, *arguments, **named):
        if name is None:
            raise TypeError("a library has a name on Windows")
        return load(name, *arguments, **named)

    monkeypatch.setattr(Path, "read_text", without_proc)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.delattr(os, "O_DIRECTORY", raising=False)
    monkeypatch.setattr(sys, "platform", request.param)
    system, machine = {"darwin": ("Darwin", "arm64"), "win32": ("Windows", "AMD64")}[request.param]
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    if request.param == "darwin":
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # macOS counts bytes
        usage = SimpleNamespace(ru_maxrss=peak)
        monkeypatch.setattr(resource, "getrusage", lambda _: usage)
    else:
        monkeypatch.setitem(sys.modules, "resource", None)
        monkeypatch.setitem(sys.modules, "fcntl", None)
        monkeypatch.delattr(errno, "EDQUOT", raising=False)
        monkeypatch.setattr(ctypes, "CDLL", library)
        opened = os.open

        def no_folder(path, *arguments, **named):
            if Path(path).is_dir():
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return opened(path, *arguments, **named)

        monkeypatch.setattr(os, "open", no_folder)
    for cached in (native.runnable, memory._trim):
        cached.cache_clear()
    yield request.param
    for cached in (native.runnable, memory._trim):
        cached.cache_clear()


def test_house_fault_2_the_default_command_runs_there(
    elsewhere, tiny_bert, tmp_path, monkeypatch, capsys
):
    """It ended with exit code 70, unless --threads was given."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    given = ("--collection", "sampler", "--limit", "9", "--results", str(tmp_path / "results"))
    code = run(["eval", "--model", str(tiny_bert), *given, "--format", "json"])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    found = json.loads(Path(json.loads(out)["result"]).read_bytes())
    assert found["counts"]["queries"] == 9
    assert found["provenance"]["threads"] == 3
    assert 0.1 < found["provenance"]["peak_memory_gb"] < 100
    assert platform.system() in found["provenance"]["machine"]
    # The compiled kernels step aside, and the vectors are those of float32.
    assert native.runnable() == ()
    assert found["model"]["head"] == "float32"
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len([path for path in written if path.parent.name == "results"]) == 5
    assert not [
        path.name for path in written if re.search(r'[<>:"\\|?*\x00-\x1f]|[. ]$', path.name)
    ]


def test_house_fault_2_a_full_disk_is_told_there_too(elsewhere, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", "/x")

    monkeypatch.setattr(harness.cli.group, "main", full)
    assert run(["list"]) == 3
    assert capsys.readouterr().err == "Error: The disk is full (/x).\n"


def test_a_kernel_that_is_asked_for_where_there_is_none_is_refused(
    elsewhere, tiny_bert, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    given = ("--collection", "sampler", "--results", str(tmp_path / "results"))
    code = run(["eval", "--model", str(tiny_bert), *given, "--head", "screened"])
    assert code == 2
    assert "There is no screened head here" in capsys.readouterr().err


@pytest.mark.parametrize("machine", ["aarch64", "arm64", "AMD64", "ppc64le"])
def test_kernels_step_aside_on_other_processors(monkeypatch, machine):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    native.runnable.cache_clear()
    assert native.available() is None
    native.runnable.cache_clear()
