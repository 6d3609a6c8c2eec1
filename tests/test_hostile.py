"""The hostile campaign sees each fault that it is there to see, and draws what it says."""

import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.hostile import judge
from benchmarks.hostile.case import ANY, FINE, MARKUP, REFUSED, Bench, Case
from benchmarks.hostile.plan import COMMANDS, FILES, KINDS, plan
from benchmarks.hostile.sandbox import STREAMS, confined, run
from benchmarks.hostile.situations import LINES
from harness.cli import COMMANDS as ALL_COMMANDS

JSON = ("score", "--format", "json")


@pytest.fixture
def place():
    """A folder that anybody may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made).resolve() / "bench"


@pytest.fixture
def judged(place):
    """What the judge says of a program that does as it is told, in a bench's folder."""

    def call(start, argv=("score",), codes=ANY, scores=None):
        for name in ("home", "tmp", "cache", "work/results"):
            (place / name).mkdir(parents=True)
        (place / "work/a.run").write_text("the input")
        for path in (place, *place.rglob("*")):
            path.chmod(0o777)
        case = Case("score", "run", "none", argv, codes, scores)
        before = judge.state(place)
        outcome = run(case, place, dict(os.environ), start)
        after = judge.state(place)
        return judge.verdict(judge.Seen(case, outcome, before, after, place, 1.0))[0]

    return call


def says(text, code=0, stream="stdout"):
    def start():
        getattr(sys, stream).write(text)
        return code

    return start


def writes(name, text="x", code=0):
    def start():
        Path(name).write_text(text)
        return code

    return start


def sleeps():
    time.sleep(0.3)
    return 0


def fills():
    return int(bytearray(300 << 20)[-1])


FAULTY = {
    "an undocumented code": ("exit 70", says("", 70), {}),
    "a signal": ("exit 70", lambda: os.kill(os.getpid(), 9), {}),
    "a traceback": ("traceback", says("Traceback (most recent call last):\n", 0, "stderr"), {}),
    "an escape": ("control characters", says("\x1b[31m"), {}),
    "an escape on stderr": ("control characters", says("\x9b31m", 0, "stderr"), {}),
    "a text turned round": ("control characters", says("\u202egnp.exe"), {}),
    "an escape in a file": ("control characters", writes("results/a.md", "\x07"), {}),
    "markup in a page": ("markup", writes("results/a.md", MARKUP), {}),
    "a formula in a table": ("markup", writes("results/a.csv", "query\n=1+1,2\n"), {}),
    "a file in the home": ("file outside", writes("../home/x"), {}),
    "an input overwritten": ("file outside", writes("a.run"), {}),
    "a temporary file": ("left behind", writes("results/.a.tmp"), {}),
    "refused after writing": ("left behind", writes("results/a.json", code=2), {}),
    "refused without a word": ("stderr", says("", 2), {}),
    "refused in six lines": ("stderr", says("a\n" * 5 + "Error: b\n", 2, "stderr"), {}),
    "refused at length": ("stderr", says(f"Error: {'b' * 9000}\n", 2, "stderr"), {}),
    "a usage": ("stderr", says("Usage: x\nError: b\n", 2, "stderr"), {}),
    "two objects": ("stdout", says("{}{}"), {"argv": JSON}),
    "NaN": ("stdout", says('{"a": NaN}'), {"argv": JSON}),
    "a flaw accepted": ("wrong code", says(""), {"codes": REFUSED}),
    "a good file refused": ("wrong code", says("Error: b\n", 2, "stderr"), {"codes": FINE}),
    "another number": (
        "wrong number",
        says('{"scores": {"ndcg@10": 0.5}}'),
        {"argv": JSON, "scores": {"ndcg@10": 0.51}},
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_each_fault_is_seen(judged, name):
    expected, start, given = FAULTY[name]
    assert judged(start, **given) == expected


def test_what_is_right_is_no_fault(judged):
    told = says('{"scores": {"ndcg@10": 0.5}}\n')
    assert judged(told, JSON, FINE, {"ndcg@10": 0.5}) == "right"


def test_a_refusal_in_one_sentence_is_no_fault(judged):
    assert judged(says("Error: no such file.\n", 2, "stderr"), codes=REFUSED) == "refused"


def test_what_takes_too_long_is_seen(judged, monkeypatch):
    monkeypatch.setattr(judge, "SECONDS", 0.2)
    assert judged(sleeps) == "hang"


def test_what_takes_too_much_memory_is_seen(judged, monkeypatch):
    monkeypatch.setattr(judge, "MEGABYTES", 250.0)
    assert judged(fills) == "memory"


def test_nothing_can_be_written_beside_the_folder(judged, place):
    if not confined(place):
        pytest.skip("no namespace of mounts is allowed here")
    beside = place.parent / "beside"

    def start():
        try:
            beside.write_text("x")
        except OSError:
            return 0
        return 1

    assert judged(start, codes=FINE) == "right"
    assert not beside.exists()


def test_the_plan_has_forty_of_each_kind_and_sixty_of_each_command():
    kinds = Counter(draw.kind for draw in plan() if not draw.command)
    commands = Counter(draw.command for draw in plan() if draw.command)
    assert kinds == dict.fromkeys(KINDS, FILES)
    assert FILES >= 40
    assert commands == dict.fromkeys(LINES, COMMANDS)
    assert COMMANDS >= 60
    assert {line.partition(" ")[0] for line in LINES} == {*ALL_COMMANDS}


def test_a_tenth_has_something_of_everything():
    whole, tenth = plan(), plan(0.1)
    groups = {(draw.kind, draw.command) for draw in whole}
    assert {(draw.kind, draw.command) for draw in tenth} == groups
    assert len(tenth) < len(whole) / 5


def _good(folder: Path) -> Path:
    """As much of the good files as scoring needs."""
    (folder / "work").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("kind", ["run", "qrels"])
def test_the_seed_and_the_number_make_a_case_again(tmp_path, kind):
    good, cases = _good(tmp_path / "good"), []
    for _ in range(2):
        bench = Bench.lay(tmp_path / "bench", good, "7/3")
        cases.append((KINDS[kind](bench), sorted(path.name for path in bench.work.iterdir())))
        shutil.rmtree(bench.folder)
    assert cases[0] == cases[1]


def test_each_way_to_set_up_the_streams_can_be_set_up(tmp_path):
    for name, set_up in STREAMS.items():
        child = os.fork()
        if child == 0:
            code = 1
            try:
                set_up(tmp_path)
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, name
