"""What a case is, and the bench that it is made on."""

import os
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ANY = frozenset({0, 1, 2, 3})
REFUSED = frozenset({2, 3})
FINE = frozenset({0})

ESCAPES = "\x1b]0;owned\x07\x1b[31mred\x1b[0m"
MARKUP = "<img src=x onerror=alert(1)>"
HOSTILE = (
    ESCAPES,
    MARKUP,
    "=1+1",
    "@SUM(A1)",
    "a\rb",
    "\u202egnp.exe",
    "\x9b31m",
    "../../up",
    "x" * 8000,
    "\x00",
    "| a | b |",
    "[click](javascript:alert(1))",
)
"""Texts that do harm where they are printed as they are."""


@dataclass(frozen=True)
class Case:
    """One run of the command line.

    Attributes:
        command: which of the commands it counts for.
        kind: of the file, or `options`, `environment`, `streams`, `folders`.
        flaw: what is wrong with it, in a few words.
        argv: after `harness`.
        codes: the exit codes that are right.
        scores: what `--format json` must print where the code is 0 or 1; None where nobody knows.
        why: for an answer that is known, what makes it so.
        environment: on top of the sandbox's own; None removes a variable.
        streams: how stdin, stdout and stderr are set up (see `sandbox.STREAMS`).
        real: start an interpreter instead of forking one, as what is read at import must be.
        outputs: beside the folders, what may be written, relative to the working folder.
        hub: the name of a hostile hub to be served (see `hubs`).
        cwd: the working folder, relative to the bench's; `gone` is deleted before the start.
    """

    command: str
    kind: str
    flaw: str
    argv: tuple[str, ...]
    codes: frozenset[int] = ANY
    scores: Mapping[str, float] | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict)
    streams: str = "files"
    real: bool = False
    outputs: tuple[str, ...] = ()
    hub: str = ""
    cwd: str = "work"


@dataclass(frozen=True)
class Bench:
    """A fresh copy of the good files, and the chance of one case.

    Below `folder`: `work` (where the command runs), `home`, `tmp` and `cache`.
    """

    folder: Path
    good: Path
    chance: random.Random

    @classmethod
    def lay(cls, folder: Path, good: Path, seed: str) -> "Bench":
        for name in ("home", "tmp", "cache"):
            (folder / name).mkdir(parents=True)
        (folder / "home" / "mine.txt").write_text("not to be touched\n")
        shutil.copytree(good / "work", folder / "work")
        return cls(folder, good, random.Random(seed))

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def warm(self) -> None:
        """Put the good cache there, with assets and vectors."""
        shutil.copytree(self.good / "cache", self.cache, dirs_exist_ok=True)

    def text(self, name: str) -> str:
        return (self.work / name).read_text(encoding="utf-8")

    def write(self, name: str, content: str | bytes) -> None:
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)

    def hostile(self) -> str:
        return self.chance.choice(HOSTILE)


Maker = Callable[[Bench], Case]


def own(folder: Path, uid: int) -> None:
    """Give a tree to a user."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, uid, follow_symlinks=False)
