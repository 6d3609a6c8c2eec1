"""What libraries print past Python, straight to the process's streams: nothing of it comes out.

stdout is what somebody reads: one JSON object, or a table. The tokenizers library, say, prints
`Ignored unknown kwarg option` there with the name of a key as a checkpoint spells it, and its
panics, of several lines, to stderr.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

_STDOUT: Final = 1
_STDERR: Final = 2
_ONE_AT_A_TIME: Final = threading.RLock()


@contextmanager
def silenced() -> Iterator[None]:
    """Send stdout and stderr of the process to nothing in this block.

    What Python holds of its own comes out before.
    """
    with _ONE_AT_A_TIME, ExitStack() as after:
        for stream in (sys.stdout, sys.stderr):
            with suppress(
                AttributeError, OSError, ValueError
            ):  # none, full, closed: told elsewhere
                stream.flush()
        for number in (_STDOUT, _STDERR):
            try:
                kept = os.dup(number)
            except OSError:  # closed: nothing can come out
                continue
            after.callback(_give_back, kept, number)
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, number)
            os.close(nothing)
        yield


def _give_back(kept: int, number: int) -> None:
    os.dup2(kept, number)
    os.close(kept)
