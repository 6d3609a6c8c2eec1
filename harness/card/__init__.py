"""A model card: what its author claims about a model, and where. `harness.card.read` reads one.

Every value here keeps what was printed; nothing is computed from it and nothing is guessed. What
had to be repaired is told in `Card.recovered`, what was seen and could not be used in
`Card.refused`, and what the card contradicts itself about in `Card.disagreements`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.claims.published import PublishedNumber


def same_name(text: str) -> str:
    """The letters and digits of a name: what `NanoBEIR mean` and `NanoBEIR_mean` share.

    Empty for a data set that the card leaves unnamed, which sentence-transformers writes
    `Unknown` in the front matter and nothing at all above the table.
    """
    plain = "".join(letter for letter in text.lower() if letter.isalnum())
    return "" if plain == "unknown" else plain


@dataclass(frozen=True)
class PublishedEvaluation:
    """The numbers that one place of a card gives for one data set.

    Attributes:
        dataset: the data set's name as printed, or "" where none is given.
        where: the place, for a reader to find it: `README.md table at line 120`.
        published: the numbers, in the order of the card, no measure twice.
        full_precision: whether the place prints full doubles (metadata) or rounds (a table).
        model: whose numbers they are where a table compares models, or "" for the card's own.
        task: the kind of task, dataset_type, config, split, revision (of the data set): as in a
            model-index, or "".
        order: which evaluation of that name it is in its place (front matter or body), from 1.
        parameters: what the evaluator was given, as printed: {"max_active_dims": "16"}.
    """

    dataset: str
    where: str
    published: tuple[PublishedNumber, ...]
    full_precision: bool = False
    model: str = ""
    task: str = ""
    dataset_type: str = ""
    config: str = ""
    split: str = ""
    revision: str = ""
    order: int = 1
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)


class Disagreement(NamedTuple):
    """Two printed numbers for one measure of one data set, neither a rounding of the other."""

    dataset: str
    first: PublishedNumber
    second: PublishedNumber

    def __str__(self) -> str:
        return (
            f"{self.first.measure} is {self.first.text} in {self.first.source} and "
            f"{self.second.text} in {self.second.source}."
        )


@dataclass(frozen=True)
class UsageExample:
    """The example that a card shows with its output: numbers that any machine can check.

    Attributes:
        queries: what is encoded first; the sentences where `symmetric`.
        documents: what it is scored against; the same sentences again where `symmetric`.
        similarity: printed scores as text, [queries][documents]; () where none can be used.
        symmetric: one list of sentences is scored against itself.
        shapes: the shapes of the embeddings, as printed in a comment, in the order of the calls.
        calls: the calls in their order: `encode_query(queries)`.
        model_id: the model that the example loads, or "".
        where: the place, for a reader to find it.
    """

    queries: tuple[str, ...]
    documents: tuple[str, ...]
    similarity: tuple[tuple[str, ...], ...]
    where: str
    symmetric: bool = False
    shapes: tuple[tuple[int, int], ...] = ()
    calls: tuple[str, ...] = ()
    model_id: str = ""


@dataclass(frozen=True)
class Architecture:
    """What a card says of the model's build; None where it does not say.

    Attributes:
        modules: the lines of the printed module list: `MLMTransformer({'max_seq_length': 512})`.
        output_dims: dimensions of a vector, the vocabulary's size in a SPLADE model.
        kind: the class of sentence-transformers whose modules are printed, else what the bullet
            says: `SparseEncoder`, `Sentence Transformer`.
        max_active_dims: how many dimensions of a vector the model keeps.
        query_length: the tokens kept of a query, document_length: of a document, where they differ.
        routes: the modules of each way of a Router: {"query": (...), "document": (...)}.
    """

    max_seq_length: int | None = None
    pooling: str | None = None
    activation: str | None = None
    similarity: str | None = None
    output_dims: int | None = None
    modules: tuple[str, ...] = ()
    kind: str | None = None
    max_active_dims: int | None = None
    query_length: int | None = None
    document_length: int | None = None
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Training:
    """What a card says of the training; None where it does not say.

    Attributes:
        losses: names of the losses, the outer one first.
        document_weight: the regularizer's weight on documents (lambda_d of SPLADE).
        query_weight: the regularizer's weight on queries (lambda_q of SPLADE).
        hyperparameters: each bullet of the card's lists, value as printed.
        dataset_size: the number of training samples.
    """

    losses: tuple[str, ...] = ()
    document_weight: float | None = None
    query_weight: float | None = None
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    dataset_size: int | None = None
    base_model: str | None = None


@dataclass(frozen=True)
class Card:
    """A model card.

    Attributes:
        name: the name in its model-index, else its first heading, else "".
        evaluations: every place with numbers, full precision first, then in the card's order.
        recovered: one sentence for each repair, saying what was recovered and how.
        refused: one sentence for each number or example that was seen and not used, and why.
    """

    name: str
    source: str
    evaluations: tuple[PublishedEvaluation, ...] = ()
    usage: UsageExample | None = None
    architecture: Architecture = field(default_factory=Architecture)
    training: Training = field(default_factory=Training)
    disagreements: tuple[Disagreement, ...] = ()
    recovered: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
