"""Names the unnamed: which known retrieval set can stand behind a card's numbers.

Read in this order: `candidates` (Bayes' rule over all known sets), `names` (what a printed name
says), `likelihood` (what the digits say).
"""

from dataclasses import dataclass
from typing import Final

NONE: Final = "none that we know"


@dataclass(frozen=True)
class Known:
    """What is known of an evaluation beside its digits; "" and None where it is not.

    Attributes:
        name: the data set's, as the card prints it.
        split: likewise.
        queries: how many.
        documents: how many.
        chunk_size: the evaluator's corpus_chunk_size.
        other_tool: whether nothing shows that sentence-transformers printed the digits.
    """

    name: str = ""
    split: str = ""
    queries: int | None = None
    documents: int | None = None
    chunk_size: int | None = None
    other_tool: bool = False


@dataclass(frozen=True)
class Candidate:
    """A known set that can stand behind a card's numbers.

    Attributes:
        name: of the set; NONE for all that are not in the table.
        ids: of collections that `harness.collection.open` opens, the likeliest first; nothing
            tells several apart, unless `mean`; () where it opens none.
        queries: in the set; None where not known.
        documents: likewise.
        probability: given the card's digits, 0 to 1; those of all candidates sum to 1.
        why: what speaks for it.
        mean: whether the claim is the mean over all of `ids`.
    """

    name: str
    ids: tuple[str, ...]
    queries: int | None
    documents: int | None
    probability: float
    why: str
    mean: bool = False
