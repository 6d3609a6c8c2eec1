"""Two results on one collection: which contributions of a document have changed, and its place."""

from dataclasses import dataclass

from harness.data.run import Run
from harness.experiment.identity import require_same_task
from harness.inspection.cached_vectors import CachedVectors
from harness.inspection.explain import explained, grades
from harness.inspection.explanation import Difference, ExplainedDocument, Ranked, RankExplanation
from harness.inspection.opened import OpenedResult


@dataclass(frozen=True)
class Change:
    """A document for one query in another result.

    Attributes:
        name: of the other result.
        before: the document there.
        changed: what its dimensions add here (`one`) and there (`other`), the largest first.
        comparable: whether dimensions of one name are the same; those of two autoencoders are not.
        top: how many of the first documents are looked at.
        kept: how many of them stand among the first there too.
        came: those that do not, with their rank there.
        went: those of there that stand no more among the first here, with their rank here.
    """

    name: str
    before: ExplainedDocument
    changed: tuple[Difference, ...]
    comparable: bool
    top: int
    kept: int
    came: tuple[tuple[str, int | None], ...]
    went: tuple[tuple[str, int | None], ...]


def require_comparable(one: OpenedResult, other: OpenedResult) -> None:
    """Refuse results on different collections, or ranked or scored in different ways.

    Raises:
        InputError: with the difference.
    """
    require_same_task(one.result, other.result, str(other.path))


def comparable(one: CachedVectors, other: CachedVectors) -> bool:
    """Whether dimensions of one name are the same: terms are, and numbers of one model."""
    weights = [vectors.opened.checkpoint.weights_sha256 for vectors in (one, other)]
    return (one.has_terms and other.has_terms) or weights[0] == weights[1]


def compare(
    explanation: RankExplanation,
    run: Run,
    vectors: CachedVectors,
    other: Run,
    theirs: CachedVectors,
) -> Change:
    """What has changed of an explained document.

    Args:
        explanation: of the document in this result.
        run: this result's rankings.
        vectors: this result's.
        other: the other result's rankings.
        theirs: its vectors.

    Raises:
        InputError, UnreachableError: as `harness.inspection.explain.explain`.
    """
    query_id, doc_id = explanation.query_id, explanation.document.ranked.doc_id
    before = place(theirs, other, query_id, doc_id)
    same = comparable(vectors, theirs)
    top = 10
    mine, old = list(run.docs(query_id)), list(other.docs(query_id))
    new = [doc for doc in mine[:top] if doc not in old[:top]]
    gone = [doc for doc in old[:top] if doc not in mine[:top]]
    return Change(
        name=theirs.opened.result.name,
        before=before,
        changed=changes(explanation.document, before) if same else (),
        comparable=same,
        top=top,
        kept=len(mine[:top]) - len(new),
        came=tuple((doc, rank(other, query_id, doc)) for doc in new),
        went=tuple((doc, rank(run, query_id, doc)) for doc in gone),
    )


def place(vectors: CachedVectors, run: Run, query_id: str, doc_id: str) -> ExplainedDocument:
    """A document for a query in a result, taken apart.

    Raises:
        InputError, UnreachableError: as `harness.inspection.explain.explain`.
    """
    query = vectors.query(query_id)
    at = rank(run, query_id, doc_id)
    score = run[query_id][at - 1].score if at else 0.0
    grade = grades(vectors, query_id).get(doc_id)
    relevant = grade is not None and grade >= vectors.opened.policy.level
    text = vectors.documents([doc_id])[doc_id]
    return explained(query, text, Ranked(doc_id, at, score, grade, relevant), vectors)


def rank(run: Run, query_id: str, doc_id: str) -> int | None:
    """A document's place in a ranking, from 1; None: it is not in it."""
    docs = list(run.docs(query_id))
    return docs.index(doc_id) + 1 if doc_id in docs else None


def changes(now: ExplainedDocument, before: ExplainedDocument) -> tuple[Difference, ...]:
    """What each dimension adds to a score now and before, by its name; equal ones are left out.

    The largest change, either way, comes first; they sum to the change of the score.
    """
    one, other = products(now), products(before)
    rows = (Difference(t, one.get(t, 0.0), other.get(t, 0.0)) for t in {**one, **other})
    return tuple(sorted((row for row in rows if row.by), key=lambda row: -abs(row.by)))


def products(document: ExplainedDocument) -> dict[str, float]:
    """What each dimension adds, by its name."""
    return {part.query.name: part.product for part in document.contributions}
