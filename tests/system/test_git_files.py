"""Files of a commit: what is committed and nothing else, and no name that is an option."""

import subprocess

import pytest

from harness.errors import InputError, UnreachableError
from harness.system.git_files import read_committed


def git(folder, *arguments):
    given = ("-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", "-C", str(folder), *given, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Two commits of a/b.json: one, two; in the folder lies three."""
    top = tmp_path / "top"
    (top / "a").mkdir(parents=True)
    git(top, "init", "-q", "-b", "main")
    for text in ("one", "two"):
        (top / "a" / "b.json").write_text(text)
        git(top, "add", ".")
        git(top, "commit", "-q", "-m", text)
    git(top, "tag", "v1", "HEAD~1")
    (top / "a" / "b.json").write_text("three")
    monkeypatch.chdir(top)
    return top


def test_it_is_the_file_as_the_commit_has_it(repository, monkeypatch):
    path = repository / "a" / "b.json"
    assert read_committed("main", path) == b"two"
    assert read_committed("v1", path) == b"one"
    assert read_committed(git(repository, "rev-parse", "HEAD~1"), path) == b"one"
    assert read_committed("HEAD^", path.relative_to(repository)) == b"one"
    monkeypatch.chdir(repository / "a")
    assert read_committed("main", path.relative_to(repository / "a")) == b"two"


@pytest.mark.parametrize(
    "ref",
    [
        "--output=x",
        "-p",
        "",
        "main:a",
        "a b",
        "main\nx",
        "$(touch x)",
        ";touch x",
        "\x00",
        "x" * 300,
    ],
)
def test_what_is_no_ref_never_reaches_git(repository, monkeypatch, ref):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("git was asked"))
    with pytest.raises(InputError, match="no branch, tag or commit"):
        read_committed(ref, repository / "a" / "b.json")


@pytest.mark.parametrize(
    ("ref", "path", "said"),
    [
        ("nowhere", "a/b.json", "There is no commit 'nowhere'"),
        ("main..v1", "a/b.json", "There is no commit"),
        ("main", "a/c.json", "has no file a/c.json"),
        ("main", "a", "has no file a"),
        ("main", ".", "has no file"),
        ("main", "../x.json", "outside of the repository"),
        ("main", "/etc/passwd", "outside of the repository"),
    ],
)
def test_what_is_not_there_is_said(repository, ref, path, said):
    with pytest.raises(InputError, match=said):
        read_committed(ref, repository / path)


def test_too_large_a_file_and_a_pointer_are_refused(repository):
    with pytest.raises(InputError, match="larger than"):
        read_committed("main", repository / "a" / "b.json", most=2)
    pointer = repository / "a" / "b.json"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\n")
    git(repository, "commit", "-q", "-a", "-m", "pointer")
    with pytest.raises(InputError, match="Git LFS pointer"):
        read_committed("main", pointer)


def test_without_a_repository_or_git_it_is_a_sentence(repository, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(InputError, match="in none"):
        read_committed("main", tmp_path / "x")
    monkeypatch.chdir(repository)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreachableError, match="git is not installed"):
        read_committed("main", repository / "a" / "b.json")
