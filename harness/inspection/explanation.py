"""What an explanation consists of: terms, contributions, places in a ranking."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One dimension of a vector.

    Attributes:
        name: its term, or its number.
        dimension: its number.
        weight: in the vector.
        own: whether the term stands in the text; False: the encoder added it (expansion); None:
            not known, or dimensions are no terms.
    """

    name: str
    dimension: int
    weight: float
    own: bool | None


@dataclass(frozen=True)
class Contribution:
    """What one dimension adds to a score.

    Attributes:
        query: the term with its weight in the query.
        document: the same in the document.
        product: of the two weights.
    """

    query: Term
    document: Term
    product: float


@dataclass(frozen=True)
class Ranked:
    """A document's place in a ranking.

    Attributes:
        doc_id: its id.
        rank: from 1; None: it is not among the documents that were kept.
        score: as the run prints it; where it is not in the run, as its vectors give it.
        grade: as it was judged for the query; None: it was not.
        relevant: whether that is relevant.
    """

    doc_id: str
    rank: int | None
    score: float
    grade: int | None
    relevant: bool


@dataclass(frozen=True)
class ExplainedDocument:
    """A document whose score is taken apart.

    Attributes:
        ranked: its place.
        text: its text.
        terms: of its vector, the heaviest first.
        contributions: all of them, the largest first; their sum is `total`.
        total: the score as the sum of the products, in float64.
        as_searched: the same sum in float32, in the search's order.
        printed: what the run prints; None: the document is not in it.
    """

    ranked: Ranked
    text: str
    terms: tuple[Term, ...]
    contributions: tuple[Contribution, ...]
    total: float
    as_searched: float
    printed: float | None

    @property
    def off(self) -> float | None:
        """How far the sum lies from the printed score, relative to that."""
        if self.printed is None:
            return None
        return abs(self.total - self.printed) / max(abs(self.printed), 1e-30)


@dataclass(frozen=True)
class Difference:
    """What a dimension adds to two scores.

    Attributes:
        name: its term, or its number.
        one: in the one score.
        other: in the other.
    """

    name: str
    one: float
    other: float

    @property
    def by(self) -> float:
        """By how much more it adds to the one."""
        return self.one - self.other


@dataclass(frozen=True)
class RankExplanation:
    """Why a document ranks where it does.

    Attributes:
        query_id, text: of the query.
        terms: of the query's vector, the heaviest first.
        has_terms: whether dimensions are terms of a vocabulary.
        ranking: the first documents of the ranking.
        relevant: every relevant document, the best ranked first.
        depth: how many documents the ranking holds.
        document: the one that is explained.
        chosen: why it is this one, in a few words; "": it was asked for.
        rival: the document it is compared with: what outranks it, or is next behind the first.
        differences: the dimensions that make their scores differ: the rival's, the document's.
        above: how many documents are ranked above it.
        relevant_above: of those, how many are relevant.
    """

    query_id: str
    text: str
    terms: tuple[Term, ...]
    has_terms: bool
    ranking: tuple[Ranked, ...]
    relevant: tuple[Ranked, ...]
    depth: int
    document: ExplainedDocument
    chosen: str
    rival: ExplainedDocument | None
    differences: tuple[Difference, ...]
    above: int
    relevant_above: int
