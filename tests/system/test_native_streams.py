"""What a library prints past Python does not come out; what Python prints does."""

import os
import subprocess
import sys

import pytest

from harness.system.native_streams import silenced
from tests.support import ROOT


def test_only_the_block_is_silent(capfd):
    print("before", end=" ")
    with silenced():
        os.write(1, b"a library")
        os.write(2, b"panics")
        with silenced():
            os.write(1, b"and another")
        os.write(1, b"goes on")
    os.write(1, b"after")
    assert capfd.readouterr() == ("before after", "")


def test_an_error_ends_the_silence(capfd):
    with pytest.raises(ValueError, match="within"), silenced():
        raise ValueError("within")
    os.write(1, b"after")
    assert capfd.readouterr().out == "after"


def test_a_stdout_that_is_closed_stays_closed():
    script = (
        "import os\nfrom harness.system.native_streams import silenced\n"
        "with silenced():\n    print('into nothing')\n"
        "try:\n    os.fstat(1)\nexcept OSError:\n    raise SystemExit(7)"
    )
    done = subprocess.run(
        ["bash", "-c", '"$@" >&-', "bash", sys.executable, "-c", script],
        check=False,
        cwd=ROOT,
        capture_output=True,
    )
    assert done.returncode == 7
