"""The tables of an experiment's file on what to run: [model], [collection], [evaluation].

A rule stands in `__post_init__`, so that a record made in Python, or by `dataclasses.replace`,
meets it as one read from TOML does.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from harness.errors import InputError
from harness.measures.names import CARD, SPARSITY, Measure, deepest
from harness.measures.policy import Policy
from harness.system.records import CLOSED, StandsAs


@dataclass(frozen=True)
class ModelSpec:
    """`[model]`: the checkpoint.

    Attributes:
        id: a hub id, a folder, or `asset:<name>`.
        revision: a hub branch, tag or commit.
        max_length: tokens kept of a text, where the source differs from the checkpoint's files.
        max_active_dims: only this many largest weights of a text are kept, as the parameter of
            that name of sentence-transformers' evaluators has it; None: what the checkpoint says.
        weights_sha256: what a result says of the weights; a checkpoint with others is refused.
            None: any are taken.
        query_weights_sha256: of the queries' weights, where they have an encoder of their own.

    Raises:
        InputError: no id, a length that leaves no room for a token, a limit below 1, or a hash
            that is none.
    """

    __pydantic_config__ = CLOSED

    id: str
    revision: str = "main"
    max_length: int | None = None
    max_active_dims: int | None = None
    weights_sha256: str | None = None
    query_weights_sha256: str | None = None

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise InputError("model.id is empty: give a hub id, a folder or asset:NAME.")
        if self.max_length is not None and self.max_length < 3:
            raise InputError(
                f"max_length is {self.max_length}; 3 or more is needed (two are special tokens)."
            )
        if self.max_active_dims is not None and self.max_active_dims < 1:
            raise InputError(f"max_active_dims is {self.max_active_dims}; 1 or more is needed.")
        for key in ("weights_sha256", "query_weights_sha256"):
            value = getattr(self, key)
            if value is not None and not re.fullmatch("[0-9a-f]{64}", value):
                raise InputError(
                    f"model.{key} is {value[:80]!r}; 64 hexadecimal digits are needed (--pin "
                    "writes them)."
                )


@dataclass(frozen=True)
class CollectionSpec:
    """`[collection]`: corpus, queries and relevance judgements.

    Attributes:
        id: what `harness.collection.open` understands.
        note: for readers of the file.

    Raises:
        InputError: no id.
    """

    __pydantic_config__ = CLOSED

    id: str
    note: str = ""

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise InputError("collection.id is empty: give a BEIR folder or a collection's id.")


@dataclass(frozen=True)
class EvaluationSpec:
    """`[evaluation]`: how rankings are made and scored.

    Attributes:
        policy: the convention of ties, gains and denominators: `st`, `trec` or `trec10`.
        depth: documents kept for each query, at least as many as the deepest cutoff of a measure.
        relevance_level: the lowest grade that is relevant in binary measures.
        measures: what is computed of the rankings; texts such as `ndcg@10` are parsed. None of
            them: the fifteen of sentence-transformers' cards.
        ignore_identical_ids: take a document whose id is the query's out of its ranking, as BEIR
            does.

    Raises:
        InputError: no such policy, level or measure, or a ranking too shallow for a measure.
    """

    __pydantic_config__ = CLOSED

    policy: str = Policy().name
    depth: int = 100
    relevance_level: int = 1
    measures: tuple[Annotated[Measure, StandsAs(str, Measure.parse, str)], ...] = CARD
    ignore_identical_ids: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "measures", _parsed(self.measures) or CARD)
        _ = self.policy_at_level
        least = max(1, deepest(self.measures))
        if self.depth < least:
            raise InputError(
                f"depth {self.depth} is too small to compute a measure at {least}: make it {least} "
                "or more."
            )

    @property
    def policy_at_level(self) -> Policy:
        """The policy with its relevance level, as `harness.measures` takes it."""
        return Policy(self.policy, self.relevance_level)

    @property
    def names(self) -> tuple[str, ...]:
        """What is measured, without the similarity function: `ndcg@10`, `corpus_active_dims`."""
        return (*map(str, self.measures), *SPARSITY)


def _parsed(measures: Iterable[Measure | str]) -> tuple[Measure, ...]:
    each = (Measure.parse(one) if isinstance(one, str) else one for one in measures)
    return tuple(dict.fromkeys(each))
