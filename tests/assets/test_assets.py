"""The cache of assets under every fault we could think of; no network."""

import io
import subprocess
import sys
import tarfile
import threading
import zipfile
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import platformdirs
import pytest

from harness import assets
from harness.assets import cache, download
from harness.assets.table import Asset, Member
from harness.errors import InputError, UnreachableError

CONTENT = {"model/a.json": b'{"a": 1}', "model/b.bin": bytes(range(256)) * 40}


def wheel(path: Path, files=CONTENT) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def sdist(path: Path, files=CONTENT, link: str = "") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "b.bin"
            archive.addfile(info)
    return path


def record(archive: Path, **changes) -> Asset:
    made = Asset(
        name="thing",
        requirement="some_thing==1.0",
        filename=archive.name,
        sha256=sha256(archive.read_bytes()).hexdigest(),
        size=archive.stat().st_size,
        members=tuple(Member(n, len(c), sha256(c).hexdigest()) for n, c in CONTENT.items()),
        notice="Be kind.",
    )
    return replace(made, **changes)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A table with one asset, an empty cache, and an index that gives `shelf.archive`."""
    archive = wheel(tmp_path / "some_thing-1.0-py3-none-any.whl")
    made = SimpleNamespace(archive=archive, fetches=0, cache=tmp_path / "cache")

    def give(asset: Asset, folder: Path) -> Path:
        made.fetches += 1
        return made.archive

    made.put = lambda asset: monkeypatch.setattr(cache, "ASSETS", {"thing": asset})
    made.put(record(archive))
    monkeypatch.setattr(cache, "download", give)
    monkeypatch.setenv("HARNESS_CACHE", str(made.cache))
    return made


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


WHOLE = {name.rpartition("/")[2]: content for name, content in CONTENT.items()}


def test_an_asset_is_fetched_once(shelf):
    assert not assets.is_cached("thing")
    assert files(assets.fetch("thing")) == WHOLE
    assert assets.is_cached("thing")
    assert files(assets.fetch("thing")) == WHOLE
    assert shelf.fetches == 1


def test_a_source_archive_is_unpacked_likewise(shelf, tmp_path):
    shelf.archive = sdist(tmp_path / "some_thing-1.0.tar.gz")
    shelf.put(record(shelf.archive))
    assert files(assets.fetch("thing")) == WHOLE


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes() + b"more"),
        lambda path: path.unlink(),
    ],
    ids=["truncated", "flipped", "emptied", "grown", "deleted"],
)
def test_a_damaged_file_is_put_back_and_the_others_are_left(shelf, harm):
    folder = assets.fetch("thing")
    sound = (folder / "a.json").stat().st_ino
    harm(folder / "b.bin")
    assert files(assets.fetch("thing")) == WHOLE
    assert shelf.fetches == 2
    assert (folder / "a.json").stat().st_ino == sound


def test_being_killed_while_unpacking_leaves_no_half_file(shelf, monkeypatch):
    placed = cache.write_bytes

    def die_at_second(path, content):
        if path.name == "b.bin":
            raise KeyboardInterrupt
        placed(path, content)

    monkeypatch.setattr(cache, "write_bytes", die_at_second)
    with pytest.raises(KeyboardInterrupt):
        assets.fetch("thing")
    assert not assets.is_cached("thing")
    monkeypatch.setattr(cache, "write_bytes", placed)
    assert files(assets.fetch("thing")) == WHOLE


def test_members_that_are_not_wanted_are_never_written(shelf, tmp_path):
    evil = {**CONTENT, "../../out.txt": b"x", "/abs.txt": b"x", "model/heads.pt": b"pickle"}
    shelf.archive = wheel(tmp_path / "e-1.whl", evil)
    shelf.put(record(shelf.archive))
    assert files(assets.fetch("thing")) == WHOLE
    assert not list(tmp_path.rglob("out.txt"))
    assert not list(tmp_path.rglob("heads.pt"))


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE],
    ids=["symbolic link", "hard link", "character device", "block device", "FIFO"],
)
@pytest.mark.parametrize("target", ["/etc/passwd", "../../../secret", "model/b.bin"])
def test_what_is_no_file_of_an_archive_is_neither_made_nor_followed(shelf, tmp_path, kind, target):
    """In a member's place it is refused; anywhere else, outside too, it is not looked at."""
    (tmp_path / "secret").write_bytes(CONTENT["model/a.json"])
    before = {path for path in tmp_path.rglob("*") if shelf.cache not in path.parents}

    def archive(name, path):
        with tarfile.open(path, "w:gz") as made:
            for member, content in CONTENT.items():
                if member != name:
                    info = tarfile.TarInfo(member)
                    info.size = len(content)
                    made.addfile(info, io.BytesIO(content))
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.devmajor, info.devminor = kind, target, 1, 3
            made.addfile(info)
        before.add(path)
        return path

    for number, name in enumerate(("../../out", "/abs-out", "model/link", "model")):
        shelf.archive = archive(name, tmp_path / f"t-{number}.tar.gz")
        shelf.put(record(shelf.archive))
        assert files(assets.fetch("thing")) == WHOLE
    shelf.archive = archive("model/a.json", tmp_path / "u-1.tar.gz")
    shelf.put(record(shelf.archive))
    with pytest.raises(UnreachableError, match="is not the file meant"):
        assets.fetch("thing")
    after = {path for path in tmp_path.rglob("*") if shelf.cache not in path.parents}
    assert after - {shelf.cache} == before - {shelf.cache}
    assert not [path for path in shelf.cache.rglob("*") if path.is_symlink() or path.is_fifo()]
    assert not Path("/abs-out").exists()


def test_a_link_in_a_members_place_is_refused(shelf, tmp_path):
    others = {"model/b.bin": CONTENT["model/b.bin"]}
    linked = tuple(
        Member(path, len(CONTENT["model/b.bin"]), sha256(CONTENT["model/b.bin"]).hexdigest())
        for path in ("model/b.bin", "model/a.json")
    )
    shelf.archive = sdist(tmp_path / "l-1.tar.gz", others, link="model/a.json")
    shelf.put(record(shelf.archive, members=linked))
    with pytest.raises(UnreachableError, match=r"its model/a\.json is not the file meant"):
        assets.fetch("thing")
    assert not list(shelf.cache.rglob("a.json"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"model/a.json": CONTENT["model/a.json"]}, "no item named 'model/b.bin'"),
        ({**CONTENT, "model/b.bin": b"other"}, r"its model/b\.bin is not the file meant"),
        ({**CONTENT, "model/b.bin": bytes(50_000_000)}, r"its model/b\.bin is not the file meant"),
    ],
    ids=["missing", "another", "bomb"],
)
def test_an_archive_that_does_not_fit_the_table_is_refused(shelf, tmp_path, content, reason):
    shelf.archive = wheel(tmp_path / "odd-1.whl", content)
    with pytest.raises(UnreachableError, match=reason):
        assets.fetch("thing")
    assert not list(shelf.cache.rglob("b.bin"))


@pytest.mark.parametrize("suffix", [".whl", ".tar.gz"])
def test_a_broken_archive_is_refused(shelf, tmp_path, suffix):
    broken = tmp_path / f"broken-1{suffix}"
    (wheel if suffix == ".whl" else sdist)(broken)
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2])
    shelf.archive = broken
    with pytest.raises(UnreachableError, match="cannot be unpacked"):
        assets.fetch("thing")
    assert not assets.is_cached("thing")


def test_many_at_once_all_get_it(shelf):
    folders, threads = [], []
    for _ in range(8):
        threads.append(threading.Thread(target=lambda: folders.append(assets.fetch("thing"))))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert len(folders) == 8
    assert files(folders[0]) == WHOLE


def test_a_cache_that_can_not_be_written_is_said(shelf):
    shelf.cache.write_text("a file where a folder should be")
    with pytest.raises(UnreachableError, match="set HARNESS_CACHE"):
        assets.fetch("thing")


def test_the_notice_is_given_once(shelf):
    assert [assets.notice_once("thing") for _ in range(3)] == ["Be kind.", "", ""]
    assert files(assets.fetch("thing")).keys() == {*WHOLE, "notice-shown"}


def test_the_notice_is_given_always_where_nothing_can_be_marked(shelf):
    shelf.cache.write_text("a file where a folder should be")
    assert [assets.notice_once("thing") for _ in range(2)] == ["Be kind.", "Be kind."]


def test_an_unknown_asset_is_an_input_error():
    for ask in (assets.fetch, assets.is_cached, assets.notice_once):
        with pytest.raises(InputError, match="There is no asset 'x'; there are splade-tiny"):
            ask("x")


def test_without_HARNESS_CACHE_the_users_cache_is_used(monkeypatch):  # noqa: N802
    monkeypatch.delenv("HARNESS_CACHE", raising=False)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: Path("/caches") / name)
    folder = cache._folder(assets.ASSETS["splade-tiny"])
    assert folder == Path("/caches/harness/assets/splade-tiny-7167313d")


def test_no_two_members_of_an_asset_share_a_name_and_no_pickle_is_wanted():
    for asset in assets.ASSETS.values():
        names = [member.name for member in asset.members]
        assert len(set(names)) == len(names)
        assert not any(name.endswith((".pt", ".pkl", ".bin", ".py")) for name in names)


def pip_says(monkeypatch, code: int, stderr: str = "", stdout: str = "", gives: Path | None = None):
    """Replace the running of pip; gives the commands that would have been run."""
    commands = []

    def run(command, **options):
        commands.append(command)
        if gives and "download" in command:
            (Path(command[command.index("--dest") + 1]) / gives.name).write_bytes(
                gives.read_bytes()
            )
        return subprocess.CompletedProcess(command, code, stdout, stderr)

    monkeypatch.setattr(download.subprocess, "run", run)
    return commands


def test_a_wheel_comes_through_pip_with_its_hash(tmp_path, monkeypatch):
    archive = wheel(tmp_path / "some_thing-1.0-py3-none-any.whl")
    commands = pip_says(monkeypatch, 0, gives=archive)
    target = tmp_path / "to"
    target.mkdir()
    asset = record(archive)
    assert download.download(asset, target).read_bytes() == archive.read_bytes()
    assert commands[0][:4] == [sys.executable, "-P", "-m", "pip"]
    assert {"--no-deps", "--require-hashes", "--only-binary"} <= set(commands[0])
    wanted = f"some_thing==1.0 --hash=sha256:{asset.sha256}\n"
    assert (target / "requirements.txt").read_text() == wanted


@pytest.mark.parametrize(
    ("stderr", "sentence"),
    [
        (
            "WARNING: x\nERROR: Could not find a version\nERROR: No matching distribution found.\n",
            r"could not fetch some_thing==1\.0 from https://mirror\.example/simple "
            r"\(No matching distribution found\); check the network",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE", "sha256 is not the pinned"),
        ("ERROR: [Errno 28] No space left on device\n", "no room left"),
        ("", "no reason given"),
    ],
    ids=["offline", "another hash", "full disk", "silent"],
)
def test_what_pip_complains_of_becomes_one_sentence(tmp_path, monkeypatch, stderr, sentence):
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:secret@mirror.example/simple")
    pip_says(monkeypatch, 1, stderr)
    archive = wheel(tmp_path / "some_thing-1.0-py3-none-any.whl")
    with pytest.raises(UnreachableError, match=sentence) as failure:
        download.download(record(archive), tmp_path)
    assert "secret" not in str(failure.value)
    assert "\n" not in str(failure.value)


def test_what_pip_gives_is_not_taken_on_trust(tmp_path, monkeypatch):
    archive = wheel(tmp_path / "some_thing-1.0-py3-none-any.whl")
    pip_says(monkeypatch, 0, gives=archive)
    target = tmp_path / "to"
    target.mkdir()
    with pytest.raises(UnreachableError, match="sha256 is not the pinned"):
        download.download(record(archive, sha256="0" * 64), target)
    pip_says(monkeypatch, 0)
    (target / archive.name).unlink()
    with pytest.raises(UnreachableError, match="pip gave no some_thing"):
        download.download(record(archive), target)


class Index(BaseHTTPRequestHandler):
    """A package index of one project; the test sets its `answers` by path."""

    answers: ClassVar[dict[str, bytes]] = {}
    cut = 0  # bytes that are promised and not sent

    def do_GET(self):
        body = self.answers.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write((body or b"")[: len(body or b"") - self.cut * self.path.endswith(".gz")])

    def log_message(self, *_):
        pass


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A running index with a source archive on it; it has an older one beside it."""

    class Handler(Index):
        pass

    archive = sdist(tmp_path / "some_thing-1.0.tar.gz")
    page = """<a href="../../files/some_thing-0.9.tar.gz#sha256=0">some_thing-0.9.tar.gz</a>
    <a data-requires-python="&gt;=2" href='../../files/some%5Fthing-1.0.tar.gz#sha256=1'>x</a>"""
    Handler.answers = {
        "/simple/some-thing/": page.encode(),
        "/files/some_thing-1.0.tar.gz": archive.read_bytes(),
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple/")
    monkeypatch.setenv("PIP_CERT", "/no/certificates/are/needed/for/http")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield SimpleNamespace(handler=Handler, archive=archive, to=tmp_path / "to")
    server.shutdown()
    server.server_close()


def test_a_source_archive_is_read_off_the_index_and_nothing_is_run(index, monkeypatch):
    commands = pip_says(monkeypatch, 1)
    index.to.mkdir()
    got = download.download(record(index.archive), index.to)
    assert got.read_bytes() == index.archive.read_bytes()
    assert commands == []


def test_without_pip_a_wheel_is_read_off_the_index_too(index, tmp_path, monkeypatch):
    archive = wheel(tmp_path / "some_thing-1.0-py3-none-any.whl")
    index.handler.answers |= {
        "/simple/some-thing/": b'<a href="/w/some_thing-1.0-py3-none-any.whl">',
        "/w/some_thing-1.0-py3-none-any.whl": archive.read_bytes(),
    }
    monkeypatch.setattr(download.importlib.util, "find_spec", lambda name: None)
    index.to.mkdir()
    assert download.download(record(archive), index.to).read_bytes() == archive.read_bytes()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda index: index.answers.clear(), r"could not be fetched from http.*\(HTTPError\)"),
        (
            lambda index: index.answers.update({"/simple/some-thing/": b"<a>"}),
            "lists no some_thing",
        ),
        (lambda index: setattr(index, "cut", 7), r"Error\); check the network"),
        (
            lambda index: index.answers.update({"/files/some_thing-1.0.tar.gz": b"short"}),
            "sha256 is not the pinned",
        ),
        (
            lambda index: index.answers.update({"/files/some_thing-1.0.tar.gz": bytes(1 << 22)}),
            "sha256 is not the pinned",
        ),
    ],
    ids=["404", "not listed", "cut off", "another", "endless"],
)
def test_what_goes_wrong_with_an_index_becomes_one_sentence(index, change, sentence):
    change(index.handler)
    index.to.mkdir()
    with pytest.raises(UnreachableError, match=sentence) as failure:
        download.download(record(index.archive), index.to)
    assert all(path.stat().st_size <= record(index.archive).size for path in index.to.iterdir())
    assert "\n" not in str(failure.value)


def test_an_unreachable_index_becomes_one_sentence_without_the_password(index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:secret@127.0.0.1:9/simple")
    index.to.mkdir()
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9/simple.*HARNESS_CACHE") as failure:
        download.download(record(index.archive), index.to)
    assert "secret" not in str(failure.value)


def test_the_index_is_pips_when_the_environment_names_none(monkeypatch):
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    pip_says(monkeypatch, 0, stdout="https://mirror.example/simple\n")
    assert download._index() == "https://mirror.example/simple"
    pip_says(monkeypatch, 1, stderr="ERROR: No such key - global.index-url")
    assert download._index() == "https://pypi.org/simple"


@pytest.mark.real
@pytest.mark.parametrize("name", assets.ASSETS)
def test_every_asset_can_be_had(asset, name):
    folder = asset(name)
    assert {member.name for member in assets.ASSETS[name].members} <= files(folder).keys()
