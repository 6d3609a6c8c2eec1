"""Only what harness made is replaced, and what cannot be written is told before the work."""

import errno
import gzip
import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli import run
from harness.errors import InputError, UnreachableError
from harness.experiment.result import write_result
from harness.report import own_files
from harness.report.overview import write_overview
from harness.report.own_files import MARK, is_own, try_outputs
from tests.support import ROOT
from tests.support.fakes import result


@pytest.mark.parametrize("path", sorted((ROOT / "results").iterdir()), ids=lambda path: path.name)
def test_every_committed_file_is_ours(path):
    assert is_own(path)


FOREIGN = {
    "README.md": "# My project\n\nMade by hand.\n",
    "x.md": "<!-- mine -->\n# x\n",
    "empty.md": "",
    "x.csv": "name,age\nme,3\n",
    "x.per-query.csv": "qid,score\n1,2\n",
    "x.json": '{"name": "a package", "scores": [1]}',
    "list.json": "[1]",
    "damaged.json": '{"schema": 2, "scores": ',
    "x.run.gz": gzip.compress(b"1 Q0 d 1 2.0 bm25\n"),
    "text.run.gz": b"no run at all",
    "damaged.run.gz": gzip.compress(b"1 Q0 d 1 2.0 harness\n" * 99)[:-9],
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_stranger_s_file_is_not(tmp_path, name):
    content = FOREIGN[name]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert not is_own(tmp_path / name)


def state(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("name", ["README.md", "an-experiment.md", "an-experiment.csv", "z.json"])
def test_a_report_replaces_nothing_of_a_stranger_s_and_writes_nothing(tmp_path, capsys, name):
    write_result(result(), tmp_path / "an-experiment.json")
    (tmp_path / name).write_text("# My own\n")
    before = state(tmp_path)
    assert run(["report", "--results", str(tmp_path)]) == 2
    assert name in capsys.readouterr().err
    assert state(tmp_path) == before
    (tmp_path / name).unlink()
    assert run(["report", "--results", str(tmp_path)]) == 0
    assert run(["report", "--results", str(tmp_path)]) == 0
    for page in tmp_path.glob("*.md"):
        assert page.read_text().splitlines()[0] == MARK


def test_pages_of_0_1_0_are_replaced(tmp_path):
    for path in (ROOT / "results").iterdir():
        shutil.copy(path, tmp_path)
    for page in tmp_path.glob("*.md"):
        page.write_text(page.read_text().removeprefix(f"{MARK}\n\n"))
    write_overview(tmp_path)
    assert all(page.read_text().startswith(MARK) for page in tmp_path.glob("*.md"))


@pytest.mark.parametrize("name", ["README", "readme"])
def test_a_result_named_readme_keeps_its_page(tmp_path, name):
    write_result(result(name=name), tmp_path / f"{name}.json")
    assert write_overview(tmp_path) == tmp_path / "overview.md"
    assert "Model owner/model" in (tmp_path / f"{name}.md").read_text()


def test_outputs_are_tried_and_nothing_is_left(tmp_path):
    try_outputs(tmp_path / "a" / "b", "x", 10)
    assert list(tmp_path.iterdir()) == []


def test_a_path_below_a_file_or_a_folder_of_the_name(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnreachableError, match="file is a file"):
        try_outputs(tmp_path / "file" / "results", "x")
    (tmp_path / "x.run.gz").mkdir()
    with pytest.raises(InputError, match=r"x\.run\.gz is there already"):
        try_outputs(tmp_path, "x")


def test_a_folder_that_may_not_be_written(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(UnreachableError, match="Read-only file system"):
        try_outputs(tmp_path, "x")


def test_room_for_the_run(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(own_files.shutil, "disk_usage", lambda _: usage(10**9, 0, 10**6))
    try_outputs(tmp_path, "x", 5_000)
    with pytest.raises(UnreachableError, match=r"room for 1.0 MB, and the run alone may take 1.0"):
        try_outputs(tmp_path, "x", 5_001)


# outputs that are inputs


@pytest.mark.parametrize("what", ["run", "qrels"])
@pytest.mark.parametrize("way", ["same", "symbolic", "hard"])
def test_score_does_not_write_over_what_it_reads(tmp_path, capsys, what, way):
    (tmp_path / "run").write_text("q1 Q0 d1 1 2.0 t\n")
    (tmp_path / "qrels").write_text("q1 0 d1 1\n")
    target = tmp_path / (what if way == "same" else "other")
    if way == "symbolic":
        target.symlink_to(tmp_path / what)
    if way == "hard":
        target.hardlink_to(tmp_path / what)
    before = state(tmp_path)
    given = ("--run", tmp_path / "run", "--qrels", tmp_path / "qrels", "--per-query", target)
    assert run(["score", *map(str, given)]) == 2
    out, err = capsys.readouterr()
    assert (out, "write to another file" in err) == ("", True)
    assert state(tmp_path) == before


def test_a_mean_does_not_write_over_its_part_or_another_s_result(tmp_path, capsys):
    one = result(name="a", scores={"dot_ndcg@10": 0.5})
    write_result(one, tmp_path / "a.json")
    other = replace(one, name="b", collection=replace(one.collection, id="b", sha256="b"))
    write_result(other, tmp_path / "b.json")
    parts = (str(tmp_path / "a.json"), str(tmp_path / "b.json"))
    before = state(tmp_path)
    assert run(["mean", "a", *parts, "--results", str(tmp_path)]) == 2
    assert "write to another file" in capsys.readouterr().err
    assert state(tmp_path) == before
    write_result(replace(one, name="c"), tmp_path / "c.json")
    assert run(["mean", "c", *parts, "--results", str(tmp_path)]) == 2
    assert "c.json holds the result of owner/model on pool" in capsys.readouterr().err
    for _ in range(2):  # its own result is replaced
        assert run(["mean", "d", *parts, "--results", str(tmp_path)]) == 0
