"""What a result's scores were measured on: the records inside a result.

A value of None stands for a key that a file of schema 2 may lack (the mean over collections has no
licence notice, say); it stays out when the result is written again.
"""

from dataclasses import dataclass, fields
from typing import Any

from harness.errors import InputError
from harness.system.records import CLOSED


@dataclass(frozen=True, kw_only=True)
class ResultCounts:
    """What the scores were taken over.

    Attributes:
        queries: evaluated.
        unanswered: of them, with no ranking or an empty one; each scores 0.
        unjudged_queries: in the ranking and not among the judgements.
        no_relevant: judged without a relevant document.
        encoded_queries, encoded_documents: texts.
        queries_tokens, documents_tokens: tokens of those texts.
        truncated_queries, truncated_documents: texts cut at the length limit.
        empty_queries, empty_documents: texts whose vector has no active dimension.
        unmatched_queries: evaluated queries that share no dimension with any document.

    Raises:
        InputError: a count is below 0.
    """

    __pydantic_config__ = CLOSED

    queries: int
    unanswered: int | None = None
    unjudged_queries: int | None = None
    no_relevant: int | None = None
    encoded_queries: int | None = None
    queries_tokens: int | None = None
    truncated_queries: int | None = None
    empty_queries: int | None = None
    encoded_documents: int | None = None
    documents_tokens: int | None = None
    truncated_documents: int | None = None
    empty_documents: int | None = None
    unmatched_queries: int | None = None

    def __post_init__(self) -> None:
        _check_counts("counts", self)


@dataclass(frozen=True, kw_only=True)
class RecipeInfo:
    """How texts became vectors: the checkpoint's recipe, with the length that was applied.

    Attributes:
        layout: of the checkpoint's files.
        max_length: tokens kept of a text, special tokens included.
        pooling, activation: over and of the logits.
        query_prompt, document_prompt: put before every text.
        max_active_dims: only this many largest weights of a text are kept; None: all.
        lowercase: texts are lower-cased before the tokenizer sees them.
        kind: `masked-lm` where it is not said; `static`: weights in a table, without a model.
        steps: what is done to the vectors then; nothing where it is not said.
        normalized: vectors were divided by their norm before an autoencoder; not where not said.
    """

    __pydantic_config__ = CLOSED

    layout: str = "bare"
    max_length: int
    pooling: str
    activation: str = "relu"
    query_prompt: str = ""
    document_prompt: str = ""
    max_active_dims: int | None = None
    lowercase: bool = False
    kind: str | None = None
    steps: tuple[str, ...] | None = None
    normalized: bool | None = None


@dataclass(frozen=True, kw_only=True)
class QueryEncoderInfo:
    """What encodes queries, where that is not what encodes documents.

    Attributes:
        weights_sha256, tokenizer_sha256: over the files, in the order of their names.
        recipe: how queries became vectors.
        head: how the vocabulary head was computed; `static`: there is none.
        weights_file: the pickle that the weights were read from; None: safetensors.
        stored_dtype: as of the documents' encoder.
    """

    __pydantic_config__ = CLOSED

    weights_sha256: str
    tokenizer_sha256: str
    recipe: RecipeInfo
    head: str
    weights_file: str | None = None
    stored_dtype: str | None = None


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    """The encoder.

    Attributes:
        id: the name it was opened by.
        revision: the hub's commit, or "" for a folder.
        weights_sha256, tokenizer_sha256: over the files, in the order of their names.
        recipe: how texts became vectors.
        vocab_size: the number of dimensions.
        precision: of matrix products, `float32` or `tf32`.
        head: how the vocabulary head was computed.
        configuration_sha256: over the other small files that a loader may read; None: a file of
            harness 0.1.0, which does not say.
        weights_file: the pickle that the weights were read from, as it was asked for; None:
            safetensors.
        stored_dtype: the types of numbers in which the weights are stored, where that is not
            float32 alone.
        products: who multiplied the body's matrices; None: likewise.
        queries: what encodes queries; None: all of the above.

    Raises:
        InputError: a vocabulary of less than nothing.
    """

    __pydantic_config__ = CLOSED

    id: str
    revision: str
    weights_sha256: str
    tokenizer_sha256: str | None = None
    recipe: RecipeInfo
    vocab_size: int | None = None
    precision: str
    head: str | None = None
    configuration_sha256: str | None = None
    weights_file: str | None = None
    stored_dtype: str | None = None
    products: str | None = None
    queries: QueryEncoderInfo | None = None

    def __post_init__(self) -> None:
        _check_counts("model", self)


@dataclass(frozen=True, kw_only=True)
class CollectionInfo:
    """Corpus, queries and judgements.

    Attributes:
        id: the name it was opened by.
        documents, queries: how many.
        judgements, relevant: of any grade, and of grade 1 or more.
        sha256: of all ids, texts and grades in their order.
        facts: sentences on what a reader must know of it.
        notice: its licence terms, or "".

    Raises:
        InputError: a count is below 0.
    """

    __pydantic_config__ = CLOSED

    id: str
    documents: int
    queries: int | None = None
    judgements: int | None = None
    relevant: int | None = None
    sha256: str
    facts: tuple[str, ...] = ()
    notice: str | None = None

    def __post_init__(self) -> None:
        _check_counts("collection", self)


@dataclass(frozen=True, kw_only=True)
class EvaluationInfo:
    """How rankings were made and scored.

    Attributes:
        policy, relevance_level, depth: as in an experiment's `[evaluation]`.
        ignore_identical_ids: likewise; in the file it is `drop_query_itself`.
        similarity: between a query's and a document's vector.

    Raises:
        InputError: a depth or a level below 0.
    """

    __pydantic_config__ = CLOSED | {
        "alias_generator": lambda name: (
            "drop_query_itself" if name == "ignore_identical_ids" else name
        )
    }

    policy: str
    relevance_level: int
    depth: int
    ignore_identical_ids: bool | None = None
    similarity: str | None = None

    def __post_init__(self) -> None:
        _check_counts("evaluation", self)


@dataclass(frozen=True)
class ExampleOutcome:
    """Whether a usage example was reproduced.

    Attributes:
        source: where it stands.
        holds: whether it was.
        differs: one sentence on the first number that does not, or "".
    """

    __pydantic_config__ = CLOSED

    source: str
    holds: bool
    differs: str


def _check_counts(table: str, record: Any) -> None:  # noqa: ANN401 - any dataclass
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, int) and value < 0:
            raise InputError(f"the key '{table}.{field.name}' is {value}; 0 or more is needed.")
