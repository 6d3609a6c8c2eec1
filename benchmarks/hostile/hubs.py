"""Hubs that answer what no hub should: served on loopback by a process of their own."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.hostile.case import ANY, ESCAPES, MARKUP, REFUSED, Bench, Case

Answer = tuple[int, dict[str, str], bytes]
_HOW = ("drip", "cut", "silence", "raw")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CARD = b"---\nlanguage: en\n---\n# A card\n\n| Model | MRR@10 |\n|---|---|\n| mine | 34.1 |\n"


def _json(content: object, **headers: str) -> Answer:
    return 200, {"Content-Type": "application/json", **headers}, json.dumps(content).encode()


def _portal(_: str) -> Answer:
    return 200, {"Content-Type": "text/html"}, b"<!doctype html><html>Log in</html>"


def _listing(*names: str, commit: str = COMMIT, etag: str = '"0123"') -> Callable[[str], Answer]:
    """A repository that lists these names, and has a card under any."""

    def answer(path: str) -> Answer:
        if "/tree/" in path:
            return _json([{"type": "file", "path": n, "size": 9, "oid": "0" * 40} for n in names])
        if "/api/" in path:
            files = [{"rfilename": name} for name in names]
            return _json({"id": "a/b", "sha": commit, "siblings": files})
        return 200, {"ETag": etag, "X-Repo-Commit": commit}, CARD

    return answer


def _status(code: int, message: str = "") -> Callable[[str], Answer]:
    headers = {"X-Error-Message": message or "no", "X-Error-Code": "RepoNotFound"}
    return lambda _: (code, headers, b"")


def _pages(path: str) -> Answer:
    """Always another page."""
    if "/tree/" not in path:
        return _listing("config.json")(path)
    content = [{"type": "file", "path": f"{time.time()}.json", "size": 9, "oid": "0" * 40}]
    return _json(content, Link=f'<http://{{host}}{path.partition("?")[0]}?cursor=x>; rel="next"')


def _round(path: str) -> Answer:
    return 302, {"Location": path}, b""


HUBS: dict[str, Callable[[str], Answer]] = {
    "a captive portal": _portal,
    "an empty object": lambda _: _json({}),
    "a list": lambda _: _json([]),
    "null": lambda _: _json(None),
    "deep brackets": lambda _: (200, {}, b"[" * 200_000),
    "names above the folder": _listing("config.json", "../../../../up.json", "README.md"),
    "an absolute name": _listing("config.json", "/tmp/up.json", "README.md"),
    "a name with escapes": _listing("config.json", f"{ESCAPES}.json"),
    "a name with markup": _listing(f"{MARKUP}.json", "config.json"),
    "a name of 5,000 letters": _listing("x" * 5000 + ".json"),
    "a name with NUL": _listing("a\x00b.json"),
    "a commit above the folder": _listing("README.md", commit="../../../../up"),
    "a commit of nothing": _listing("README.md", commit=""),
    "an etag above the folder": _listing("README.md", "config.json", etag='"../../../../../up"'),
    "an etag of nothing": _listing("README.md", "config.json", etag=""),
    "a size that lies": _listing("README.md"),
    "pages without end": _pages,
    "a redirect in a circle": _round,
    "not found": _status(404),
    "too many requests": _status(429),
    "an error of its own": _status(500),
    "forbidden, with escapes": _status(403, ESCAPES.replace("\x07", "")),
    "forbidden": _status(403, "x" * 5000),
    "a body that drips": lambda _: (200, {"drip": "1"}, b"{" + b" " * 10_000),
    "a body cut short": lambda _: (200, {"cut": "1", "ETag": '"1"', "X-Repo-Commit": COMMIT}, CARD),
    "silence": lambda _: (200, {"silence": "1"}, b""),
    "no HTTP": lambda _: (200, {"raw": "1"}, b"SSH-2.0-OpenSSH_9.6\r\n"),
}


def hub(bench: Bench) -> Case:
    """A card, an audit or a model from such a hub."""
    name = bench.chance.choice(sorted(HUBS))
    argv = bench.chance.choice(
        (
            ("card", "someone/something", "--format", "json"),
            ("card", "someone/something", "--revision", "v1"),
            ("audit", "someone/something"),
            ("encode", "--model", "someone/something", "--collection", "beir"),
        )
    )
    codes = ANY if argv[0] in {"card", "audit"} and name.startswith(("a ", "an ")) else REFUSED
    environment = {"HF_HUB_OFFLINE": None, "HF_ENDPOINT": "{hub}"}
    return Case(argv[0], "hub", name, argv, codes, environment=environment, real=True, hub=name)


@contextmanager
def serving(name: str) -> Iterator[str]:
    """The address of a hub, until the block is left; "" without a name."""
    if not name:
        yield ""
        return
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(HUBS[name]))
    child = os.fork()
    if child == 0:
        try:
            server.serve_forever()
        finally:
            os._exit(0)
    server.socket.close()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


class _Handler(BaseHTTPRequestHandler):
    """Sends what a hub answers, whole or in one of the ways of `_HOW`."""

    protocol_version = "HTTP/1.1"
    answer: Callable[[str], Answer]

    def do_GET(self):
        code, headers, body = type(self).answer(self.path)
        how = next((key for key in _HOW if key in headers), "")
        if how == "silence":
            time.sleep(600)
        if how == "raw":
            self.wfile.write(body)
            self.close_connection = True
            return
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key, value.replace("{host}", self.headers.get("Host", "")))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self._send(body, how)

    do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

    def _send(self, body: bytes, how: str) -> None:
        if how == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif how == "drip":
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(1)
        else:
            self.wfile.write(body)

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:  # the client went away
            self.close_connection = True


def _handler(answer: Callable[[str], Answer]) -> type[_Handler]:
    return type("Handler", (_Handler,), {"answer": staticmethod(answer)})
