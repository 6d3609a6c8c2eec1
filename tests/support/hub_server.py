"""A hub on the loopback, with the few routes that huggingface_hub needs to fetch a snapshot.

Found out by running the client (2.4) against it: the repository at a revision, its tree, and each
file by HEAD and GET, with the headers by which the client names what it caches.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

_ROUTE = re.compile(
    r"/api/(?P<kind>models|datasets)/(?P<id>[^/]+/[^/]+)/(?P<verb>revision|tree)/(?P<rev>[^/?]+).*"
    r"|/(?P<data>datasets/)?(?P<file_id>[^/]+/[^/]+)/resolve/(?P<file_rev>[^/]+)/(?P<path>[^?]+)"
)


_FIELDS_OF_FILES = ("path", "oid", "lfs", "xetHash")
_HEADERS = ("ETag", "X-Linked-ETag", "X-Repo-Commit")


@dataclass(frozen=True)
class Repository:
    """A folder as a repository: branches and tags by name, all of the one commit there is.

    `lies` are told in place of the truth, by the name of a header of files, or of a field of what
    is said of the repository (`sha`, `siblings`) or of the last file of its tree (`path`, `oid`).
    `numbers` says how many weights are stored in which type.
    """

    folder: Path
    revisions: tuple[str, ...] = ("main",)
    gated: bool = False
    lies: Mapping[str, object] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, Path]:
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path for path in paths}

    @property
    def commit(self) -> str:
        """As git's: 40 hexadecimal digits that change with any content."""
        listing = [(name, _sha1(path)) for name, path in self.files.items()]
        return hashlib.sha1(json.dumps(listing).encode()).hexdigest()

    @property
    def tree(self) -> list[dict[str, object]]:
        listed = [
            {"type": "file", "path": name, "size": path.stat().st_size, "oid": _sha1(path)}
            for name, path in self.files.items()
        ]
        lies = {key: lie for key, lie in self.lies.items() if key in _FIELDS_OF_FILES}
        return [*listed[:-1], listed[-1] | lies]


@dataclass
class Hub:
    """A running server: where it is, and every request that it was sent."""

    url: str
    requests: list[str] = field(default_factory=list)

    @property
    def fetched(self) -> set[str]:
        """Names of the files that were asked for."""
        return {r.rpartition("/")[2] for r in self.requests if r.startswith("GET") and "/res" in r}


class Answer(NamedTuple):
    """What the hub says to one request."""

    status: HTTPStatus
    body: bytes
    headers: dict[str, str]


@contextmanager
def serving(
    models: Mapping[str, Repository] | None = None, datasets: Mapping[str, Repository] | None = None
) -> Iterator[Hub]:
    """Serve repositories by their ids until the block is left."""
    repositories = {"models": models or {}, "datasets": datasets or {}}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            hub.requests.append(f"{self.command} {self.path}")
            answer = _answer(repositories, self.path)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(answer.body)

        do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_):
            pass

    with _listening(Handler) as url:
        hub = Hub(url)
        yield hub


@contextmanager
def speaking(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server at the yielded address that says to every GET and HEAD what a function makes it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            with suppress(ConnectionError):  # the client has had enough
                answer(self)

        do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_):
            pass

    with _listening(Handler) as url:
        yield url


@contextmanager
def _listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True  # one that drips is not waited for
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(repositories: Mapping[str, Mapping[str, Repository]], path: str) -> Answer:
    route = _ROUTE.fullmatch(path)
    if route is None:
        return _refused(HTTPStatus.NOT_FOUND, "")
    kind = route["kind"] or ("datasets" if route["data"] else "models")
    name, revision = route["id"] or route["file_id"], unquote(route["rev"] or route["file_rev"])
    repository = repositories[kind].get(name)
    if repository is None:  # the real hub says 401, not to tell what is private
        return _refused(HTTPStatus.UNAUTHORIZED, "RepoNotFound")
    if revision not in {*repository.revisions, repository.commit}:
        return _refused(HTTPStatus.NOT_FOUND, "RevisionNotFound")
    if route["verb"]:
        listed = [{"rfilename": path} for path in repository.files]
        about = {"id": name, "sha": repository.commit, "siblings": listed}
        about |= {"safetensors": {"parameters": repository.numbers, "total": 1}}
        about |= {key: lie for key, lie in repository.lies.items() if key in about}
        content = about if route["verb"] == "revision" else repository.tree
        return Answer(HTTPStatus.OK, json.dumps(content).encode(), {})
    return _file(repository, route["path"])


def _file(repository: Repository, name: str) -> Answer:
    if repository.gated:
        return _refused(HTTPStatus.FORBIDDEN, "GatedRepo")
    path = repository.files.get(name)
    lies = {key: lie for key, lie in repository.lies.items() if key in _HEADERS}
    if path is None or "missing" in repository.lies:
        told = _refused(HTTPStatus.NOT_FOUND, "EntryNotFound")
        return told._replace(headers=told.headers | lies)
    headers = {"ETag": f'"{_sha1(path)}"', "X-Repo-Commit": repository.commit} | lies
    return Answer(HTTPStatus.OK, path.read_bytes(), headers)


def _refused(status: HTTPStatus, code: str) -> Answer:
    return Answer(status, b"", {"X-Error-Code": code, "X-Error-Message": code})


def _sha1(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()
