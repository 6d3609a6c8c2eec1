"""What can go wrong, as one sentence each and one exit code each.

Exit codes of the command line, which nothing but this module and `harness.cli` may define:

====  =====================================================================
0     it holds
1     a number is off (a verdict; an error only where it forbids to go on)
2     the input is wrong: a file, an argument, a model, a collection
3     something needed could not be reached or used: network, hub, disk
====  =====================================================================
"""

from typing import ClassVar


class HarnessError(Exception):
    """An expected failure: its text is one clear sentence that says what to do next."""

    exit_code: ClassVar[int] = 2


class InputError(HarnessError):
    """What the user gave (a file, an id, an option, a model) cannot be evaluated as it is."""

    exit_code: ClassVar[int] = 2


class UnsupportedModelError(InputError):
    """A model that is sound and that we do not encode; sentence-transformers may."""

    def __init__(self, sentence: str) -> None:
        super().__init__(
            f"{sentence} `--encoder sentence-transformers` lets sentence-transformers encode it."
        )


class UnreachableError(HarnessError):
    """Something needed could not be reached or used: a download, the hub, room on the disk."""

    exit_code: ClassVar[int] = 3


class NotReproducedError(HarnessError):
    """A published usage example comes out differently: this is not the published model."""

    exit_code: ClassVar[int] = 1
