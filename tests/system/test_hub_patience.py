"""Hubs that say what no hub does, say it too slowly, or do not end: a sentence in bounded time.

The real client runs against them in processes of its own, with our limits made short.
"""

import json
import subprocess
import sys
import time
from itertools import count

import pytest

from tests.support import ROOT
from tests.support.hub_server import speaking
from tests.system.test_hub import environment

IMPATIENT = """
import sys
from harness import cli
from harness.system import hub_patience

hub_patience.SILENCE, hub_patience.ANSWER, hub_patience.WINDOW = 0.5, 1.0, 1.0
hub_patience.FIRST = 0.5
cli.main()
"""
COMMIT = "a" * 40
ABOUT = {"id": "someone/mini", "sha": COMMIT, "siblings": [{"rfilename": "README.md"}]}
FILE = {"type": "file", "path": "README.md", "size": 1_000_000, "oid": COMMIT}


def say(handler, body, **headers):
    handler.send_response(200)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command == "GET":
        handler.wfile.write(body)


def saying(body):
    return lambda handler: say(handler, body)


def status(code):
    def answer(handler):
        handler.send_response(code)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def silent(handler):
    time.sleep(30)


def drip(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.send_header("ETag", f'"{COMMIT}"')
    handler.send_header("X-Repo-Commit", COMMIT)
    handler.end_headers()
    while handler.command == "GET":
        handler.wfile.write(b" ")
        time.sleep(0.05)


def drip_only_files(handler):
    if "/resolve/" in handler.path:
        drip(handler)
    else:
        say(handler, json.dumps([FILE] if "/tree/" in handler.path else ABOUT).encode())


def pages(next_page):
    def answer(handler):
        if "/tree/" not in handler.path:
            return say(handler, json.dumps(ABOUT).encode())
        path = handler.path.partition("&cursor")[0]
        link = f'<http://{handler.headers["Host"]}{next_page(path)}>; rel="next"'
        return say(handler, json.dumps([FILE]).encode(), Link=link)

    return answer


_NUMBERS = count()
NOT_A_HUB = "is not what a hub does"
HUBS = {
    "a page of a login": (saying(b"<html>Log in</html>"), NOT_A_HUB),
    "an empty object": (saying(b"{}"), NOT_A_HUB),
    "no UTF-8": (saying(b"\xff\xfe\x00"), NOT_A_HUB),
    "200,000 lists in one another": (saying(b"[" * 200_000), NOT_A_HUB),
    "siblings that are numbers": (saying(json.dumps(ABOUT | {"siblings": [1]}).encode()), "hub"),
    "an error of the server": (status(503), "could not be fetched"),
    "silence": (silent, "could not be fetched"),
    "a byte now and then": (
        drip,
        "comes by less than 1,000 bytes a second, or does not end within 1 s",
    ),
    "a file by a byte now and then": (drip_only_files, "less than 1,000 bytes a second"),
    "a page that is its own next": (pages(lambda path: path), "within 100 pages"),
    "ever another page": (
        pages(lambda path: f"{path}&cursor={next(_NUMBERS)}"),
        "within 100 pages",
    ),
}


@pytest.mark.parametrize(
    ("name", "command"), [*((name, "card") for name in HUBS), ("a page of a login", "eval")]
)
def test_a_hub_that_is_none_is_one_sentence_soon(tmp_path, name, command):
    answer, said = HUBS[name]
    arguments = {
        "card": ["card", "someone/mini"],
        "eval": ["eval", "--model", "someone/mini", "--collection", "sampler"],
    }[command]
    with speaking(answer) as url:
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", IMPATIENT, *arguments, *_results(command, tmp_path)],
            env=environment(
                HF_ENDPOINT=url,
                HF_HOME=str(tmp_path / "home"),
                HARNESS_CACHE=str(tmp_path / "cache"),
            ),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    assert done.stderr.startswith("Error: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert time.monotonic() - began < 45


def _results(command, tmp_path):
    return ["--results", str(tmp_path / "results")] if command == "eval" else []
