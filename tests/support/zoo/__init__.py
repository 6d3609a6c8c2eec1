"""A zoo of sparse encoders: one random checkpoint of every kind that there is, and what it gives.

Saved by sentence-transformers' own code, layouts of its older versions written here. Each of them
is evaluated with the 20 numbers of sentence-transformers' evaluator, or refused by a sentence that
names the kind: there is no third outcome. `kinds` is the table of docs/models.md, `rows` the
registry, `made` and `bodies` make checkpoints, `held` holds them against sentence-transformers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Theirs = Literal["evaluates", "refuses"]


@dataclass(frozen=True)
class Row:
    """One checkpoint.

    Attributes:
        name: what is special about it.
        kind: the row of the table that it stands for, a key of `kinds.KINDS`.
        make: makes it in an empty folder and gives the folder to open.
        refused: words of the sentence that refuses it; "" where all 20 numbers are equal.
        option: whether the sentence says that `--encoder sentence-transformers` may encode it.
        theirs: what sentence-transformers does with it.
        machine: arguments of `harness.evaluate`, where it needs any.
        theirs_with: arguments of sentence-transformers' `SparseEncoder`.
        inside: the folder of it within which sentence-transformers finds its files; None: any.
        alarm: words that the result must say.
        awaits: the work that will make it hold; "" where it holds.
    """

    name: str
    kind: str
    make: Callable[[Path], Path]
    refused: str = ""
    option: bool = False
    theirs: Theirs = "evaluates"
    machine: Mapping[str, Any] = field(default_factory=dict)
    theirs_with: Mapping[str, Any] = field(default_factory=dict)
    inside: str | None = None
    alarm: str = ""
    awaits: str = ""
