import errno
import os
import stat
from pathlib import Path

import pytest

from harness.errors import InputError, UnreachableError
from harness.system.atomic import write_bytes, write_text, write_together, writing


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "file"
    write_text(path, "eins\né\n")
    assert path.read_bytes() == b"eins\n\xc3\xa9\n"
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert names(tmp_path) == ["file"]


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "file", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


@pytest.mark.parametrize("error", [KeyboardInterrupt, InputError("x"), ValueError("x")])
def test_a_failure_within_leaves_the_old_file_alone(tmp_path, error):
    path = tmp_path / "file"
    write_text(path, "old")

    def fail():
        with writing(path) as stream:
            stream.write(b"new")
            raise error

    with pytest.raises(error if isinstance(error, type) else type(error)):
        fail()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_is_one_sentence_and_leaves_the_old_file_alone(tmp_path, monkeypatch, call):
    path = tmp_path / "file"
    write_text(path, "old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(f"os.{call}", full)
    with pytest.raises(
        UnreachableError, match=r"file cannot be written: No space left on device\.$"
    ):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(UnreachableError, match="cannot be written: No such file or directory"):
        write_text(tmp_path / "nowhere" / "file", "x")


def test_a_folder_is_not_overwritten(tmp_path):
    with pytest.raises(UnreachableError, match="cannot be written: Is a directory"):
        write_text(tmp_path, "x")


def test_an_error_of_another_file_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError), writing(tmp_path / "file"):
        (tmp_path / "other" / "source").read_bytes()
    assert names(tmp_path) == []


def test_a_link_is_followed(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "file")
    write_text(tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "file").read_text() == "x"


def test_what_is_no_file_is_written_to(tmp_path):
    reader, writer = os.pipe()
    write_text(f"/dev/fd/{writer}", "x")
    os.close(writer)
    with os.fdopen(reader) as stream:
        assert stream.read() == "x"


def test_files_that_belong_together_change_all_or_none(tmp_path):
    files = {tmp_path / name: name.encode() for name in "abc"}
    write_together(files)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a": b"a", "b": b"b", "c": b"c",
    }  # fmt: skip
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnreachableError, match="nowhere"):
        write_together(dict.fromkeys(files, b"new") | {tmp_path / "nowhere" / "d": b"d"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c", "folder"]
    assert all(path.read_bytes() == path.name.encode() for path in files)


def test_the_first_of_them_takes_its_name_last(tmp_path, monkeypatch):
    named = []
    replace = Path.replace
    monkeypatch.setattr(
        Path, "replace", lambda self, target: (named.append(target.name), replace(self, target))[1]
    )
    write_together({tmp_path / name: b"" for name in ("result", "run", "table")})
    assert named == ["table", "run", "result"]
