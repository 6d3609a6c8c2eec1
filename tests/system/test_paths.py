"""Where the cache is: one root for assets and vectors, and a sentence where there can be none."""

from pathlib import Path

import platformdirs
import pytest

from harness import assets
from harness.cli import run
from harness.errors import InputError, UnreachableError
from harness.system.paths import cache_root, expand, vectors_root


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder, and another folder where we stand."""
    for name in ("home", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))  # Windows' HOME
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "home"


def test_house_fault_3_a_tilde_in_HARNESS_CACHE_is_the_home_folder_for_vectors_too(  # noqa: N802
    home, tiny_bert, monkeypatch, capsys, tmp_path
):
    """.env files and CI settings give it as it is written: no shell has expanded it."""
    monkeypatch.setenv("HARNESS_CACHE", "~/x")
    given = ("--model", str(tiny_bert), "--collection", "sampler", "--limit", "2")
    assert run(["encode", *given, "--device", "cpu", "--threads", "1"]) == 0
    assert str(home / "x" / "vectors") in capsys.readouterr().out
    assert len(list((home / "x" / "vectors").rglob("*.safetensors"))) == 2
    assert assets.notice_once("splade-tiny")
    assert (home / "x" / "assets").is_dir()
    assert list((tmp_path / "here").iterdir()) == []
    assert run(["cache", "list"]) == 0
    out, err = capsys.readouterr()
    assert str(tiny_bert) in out
    assert err == f"in {home / 'x' / 'vectors'}\n"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("~/x", "{home}/x"),
        ("~", "{home}"),
        ("x/y", "x/y"),
        ("/x/~y", "/x/~y"),
        ("{home}", "{home}"),
    ],
)
def test_what_HARNESS_CACHE_says(home, monkeypatch, given, found):  # noqa: N802
    monkeypatch.setenv("HARNESS_CACHE", given.format(home=home))
    assert cache_root() == Path(found.format(home=home))
    assert vectors_root() == Path(found.format(home=home)) / "vectors"


def test_without_HARNESS_CACHE_it_is_the_platforms_cache_folder(monkeypatch):  # noqa: N802
    monkeypatch.delenv("HARNESS_CACHE", raising=False)
    assert cache_root() == Path(platformdirs.user_cache_dir("harness"))


COMMANDS = (
    ["cache", "list"],
    ["cache", "prune", "--all"],
    ["list"],
    ["fetch"],
    ["encode"],
    ["eval", "--model", "{model}", "--collection", "sampler", "--results", "{here}/results"],
)


@pytest.mark.parametrize(
    "case",
    [
        ("", 2, "HARNESS_CACHE is set and empty"),
        ("  ", 2, "HARNESS_CACHE is set and empty"),
        ("~nobody-of-this-name/x", 2, "begins with a home folder that is not here"),
        ("{here}/file", 3, "/file is a file: set HARNESS_CACHE to a folder."),
        ("{here}/file/below", 3, "/file is a file: set HARNESS_CACHE to a folder."),
    ],
)
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_cache_that_can_be_none_is_one_sentence_before_the_work(
    home, tiny_bert, monkeypatch, capsys, case, arguments
):
    given, code, said = case
    here = Path.cwd()
    (here / "file").write_text("in the way")
    monkeypatch.setenv("HARNESS_CACHE", given.format(here=here))
    found = run([part.format(model=tiny_bert, here=here) for part in arguments])
    out, err = capsys.readouterr()
    assert (found, out) == (code, ""), err
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert said in err
    assert [path.name for path in here.iterdir()] == ["file"]


def test_a_cache_that_may_not_be_looked_at(monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setenv("HARNESS_CACHE", "/x")
    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(UnreachableError, match=r"cannot be looked at \(Permission denied\)"):
        cache_root()


def test_a_home_folder_of_nobody():
    with pytest.raises(InputError, match="home folder that is not here"):
        expand("~nobody-of-this-name/x")
