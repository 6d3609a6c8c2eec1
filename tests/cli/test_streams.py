"""What becomes of stdout and stderr never makes one verdict of another."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")

SAYS = """
import sys, click
from harness import cli
def main(*_, **__):
    click.echo("said")
    click.echo("beside", err=True)
    print("beside too", file=sys.stderr)
    return {code}
cli.group.main = main
cli.main()
"""


def ended(shell, *arguments, **environment):
    """The exit code, stdout and stderr of `python ARGUMENTS` with streams as a shell sets them."""
    done = subprocess.run(
        ["bash", "-c", f'"$@" {shell}', "bash", sys.executable, *arguments],
        check=False,
        capture_output=True,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


@needs_full
@pytest.mark.parametrize("code", [1, 2])
def test_a_stderr_that_is_full_or_closed_keeps_the_verdict(code):
    says = "-c", SAYS.format(code=code)
    assert ended("2>/dev/full", *says) == (code, b"said\n", b"")
    assert ended("2>&-", *says) == (code, b"said\n", b"")


def test_a_stderr_that_nobody_reads_keeps_the_verdict():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "harness", "check", "nosuch"],
        check=False,
        stdout=subprocess.PIPE,
        stderr=writing,
        cwd=ROOT,
    )
    os.close(writing)
    assert (done.returncode, done.stdout) == (2, b"")


@needs_full
@pytest.mark.parametrize(("code", "told"), [(1, 3), (0, 3)])
def test_a_verdict_that_a_full_stdout_did_not_take_is_none(code, told):
    found, _, err = ended(">/dev/full", "-c", SAYS.format(code=code))
    assert found == told
    assert err.startswith(b"Error: The disk is full")
    assert b"Traceback" not in err
    assert b"Exception" not in err


def test_streams_that_are_closed_from_the_start_keep_the_verdict():
    assert ended(">&- 2>&- <&-", "-c", SAYS.format(code=1))[0] == 1


@needs_full
def test_an_error_keeps_its_code_where_stdout_is_full():
    code, _, err = ended(">/dev/full", "-m", "harness", "check", "nosuch")
    assert code == 2
    assert err.startswith(b"Error: There is no experiment")
    assert err.count(b"\n") == 1


def test_what_an_encoding_lacks_is_escaped_so_that_json_reads_it():
    script = (
        "import json\nfrom harness.cli import streams\nstreams.prepare()\n"
        "print(json.dumps('é☃\\U0001f600', ensure_ascii=False))"
    )
    for encoding in ("ascii", "latin-1", "cp1252"):
        code, out, _ = ended("", "-c", script, PYTHONIOENCODING=encoding)
        assert code == 0
        assert json.loads(out.decode(encoding)) == "é☃\U0001f600"


def test_half_a_character_is_escaped_and_no_defect():
    script = (
        "import sys\nfrom harness.cli import streams\nstreams.prepare()\n"
        "print('a\\udc80b')\nprint('c\\udc80d', file=sys.stderr)"
    )
    assert ended("", "-c", script) == (0, b"a\\udc80b\n", b"c\\udc80d\n")


def test_a_folder_that_was_deleted_is_no_defect(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd {gone} && rmdir {gone} && exec {sys.executable} -m harness eval -m x --collection"
    done = subprocess.run(
        ["bash", "-c", f"{script} sampler"],
        check=False,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode in (2, 3)
    assert done.stderr.startswith(b"Error: ")
    assert done.stderr.count(b"\n") == 1
