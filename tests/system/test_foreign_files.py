"""What lies under a path, and what of it is opened; nothing is waited for without end."""

import gzip
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from harness.data.text_lines import blocks
from harness.errors import HarnessError, InputError, UnreachableError
from harness.experiment.result import read_result
from harness.experiment.spec import open_experiment
from harness.system import foreign_streams
from harness.system.foreign_files import check_regular, is_file, is_folder, read_bytes, read_text
from tests.support import ROOT


def fifo(path):
    os.mkfifo(path)
    return path


def linked(target):
    def make(path):
        path.symlink_to(target)
        return path

    return make


def bound(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))
    return path


def folder(path):
    path.mkdir()
    return path


NO_FILES = {
    "a named pipe": (fifo, "is a named pipe"),
    "a device without end": (lambda _: "/dev/zero", "is a device"),
    "a random device": (linked("/dev/urandom"), "is a device"),
    "a socket": (bound, "no file that can be read"),
    "a folder": (folder, "it is a folder"),
    "a link to nothing": (linked("nowhere"), "is a link to nothing"),
    "a link to itself": (linked("n.toml"), "symbolic links"),
    "a link to a folder": (linked("."), "it is a folder"),
    "a name too long": (lambda path: path.with_name("a" * 300 + ".toml"), "too long"),
    "a path too long": (lambda _: "/".join(["a"] * 4000) + ".toml", "too long"),
    "a file as a folder": (lambda _: f"{__file__}/x.toml", "Not a directory"),
    "a NUL byte": (lambda path: f"{path}\0.toml", "holds a NUL byte"),
}


@pytest.fixture
def place(monkeypatch, tmp_path):
    """A short path, which a socket needs."""
    monkeypatch.chdir(tmp_path)
    return type(tmp_path)("n.toml")


@pytest.mark.parametrize("name", NO_FILES)
@pytest.mark.parametrize("read", [read_bytes, read_text, check_regular])
def test_only_regular_files_are_read_whole(place, name, read):
    make, said = NO_FILES[name]
    path = make(place)
    start = time.monotonic()
    with pytest.raises(InputError, match=said):
        read(path)
    assert time.monotonic() - start < 1


@pytest.mark.parametrize("name", sorted(NO_FILES.keys() - {"a named pipe"}))
def test_a_stream_is_a_file_or_a_pipe(place, name):
    make, said = NO_FILES[name]
    with pytest.raises(InputError, match=said):
        list(blocks(make(place)))


@pytest.mark.parametrize("name", NO_FILES)
def test_an_experiment_and_a_result_are_regular_files(place, name):
    make, _ = NO_FILES[name]
    path = str(make(place))
    for read in (lambda path: read_result(type(place)(path)), open_experiment):
        with pytest.raises(InputError):
            read(path)


def test_a_disk_that_fails_is_not_the_users_fault(tmp_path, monkeypatch):
    def failing(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.open", failing)
    with pytest.raises(UnreachableError, match=r"cannot be read: Input/output error\.$"):
        read_text(tmp_path / "a")


def test_what_lies_there_is_told_without_an_error_of_the_system(tmp_path):
    (tmp_path / "file").write_text("a")
    paths = [tmp_path / name for name in ("file", "none", "file/x", ".")]
    assert list(map(is_file, paths)) == [True, False, False, False]
    assert list(map(is_folder, paths)) == [False, False, False, True]
    (tmp_path / "loop").symlink_to("loop")
    for path in (tmp_path / ("a" * 300), tmp_path / "loop", tmp_path / "a\0"):
        with pytest.raises(HarnessError):
            is_folder(path)


TEXTS = {
    "UTF-16": ("a = 1".encode("utf-16"), "is UTF-16 text"),
    "big-endian UTF-16": (b"\xfe\xff\0a", "is UTF-16 text"),
    "a Git LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid\n", "Git LFS"),
    "Latin-1": (b"a\n\nb = 'caf\xe9'\n", r"no UTF-8 text \(line 3"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "no UTF-8 text"),
    "too large": (b"a" * 101, r"larger than the 0.0001 MB"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_is_none_is_named(tmp_path, name):
    content, said = TEXTS[name]
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_text(tmp_path / "a.txt", 100)


def test_a_byte_order_mark_and_line_ends_are_no_part_of_a_text(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert read_text(tmp_path / "a.txt") == "a\nb\nc\n"


def test_a_pipe_is_read_as_it_comes(tmp_path):
    path = fifo(tmp_path / "pipe")
    packed = gzip.compress(b"one\ntwo\n" * 100_000)

    def write():
        with path.open("wb") as stream:
            for part in (packed[:9], packed[9:40], packed[40:]):
                stream.write(part)
                stream.flush()
                time.sleep(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    found = b"".join(block for _, block in blocks(path))
    writer.join()
    assert found == b"one\ntwo\n" * 100_000


def test_a_pipe_of_nobody_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(foreign_streams, "NOBODY", 0.1)
    with pytest.raises(InputError, match=r"nobody has written to it\.$"):
        list(blocks(fifo(tmp_path / "pipe")))


def test_a_silent_pipe_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(foreign_streams, "SILENCE", 0.2)
    path = fifo(tmp_path / "pipe")
    handle = os.open(path, os.O_RDWR)
    os.write(handle, b"half a line")
    try:
        with pytest.raises(InputError, match=r"gave nothing for 0\.2 s"):
            list(blocks(path))
    finally:
        os.close(handle)


def test_a_gzip_bomb_out_of_a_pipe_is_refused(tmp_path):
    path = fifo(tmp_path / "pipe")
    writer = threading.Thread(target=path.write_bytes, args=(gzip.compress(b"\n" * 40_000_000),))
    writer.start()
    with pytest.raises(InputError, match="gzip bomb"):
        list(blocks(path))
    writer.join()


def test_a_run_from_a_process_and_from_standard_input_is_scored(tmp_path):
    (tmp_path / "q").write_text("q1 0 d1 1\n")
    row = "q1 Q0 d1 1 2.0 t\n"
    harness = f"{sys.executable} -m harness score --measures mrr@10 --format json"
    for command in (
        f"{harness} --run <(printf '{row}') --qrels {tmp_path / 'q'}",
        f"printf '{row}' | gzip | {harness} --run /dev/stdin --qrels <(cat {tmp_path / 'q'})",
    ):
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr
        assert '"scores": {"mrr@10": 1.0}' in done.stdout
