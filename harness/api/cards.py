"""Read a model card, and audit its digits, in one call each."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.card import Card
from harness.card.audit.card import Audited, audit_card
from harness.card.open import open_card
from harness.data.inputs import frame, html_table
from harness.errors import InputError
from harness.report.audits import audit_text

if TYPE_CHECKING:
    from harness.data.inputs import DataFrame


@dataclass(frozen=True)
class CardAudit:
    """What the digits of a card say, evaluation by evaluation.

    Attributes:
        evaluations: each with its data set, its place in the card and its findings.
    """

    evaluations: tuple[Audited, ...]

    @property
    def impossible(self) -> bool:
        """Whether a finding rules out that an evaluation printed these digits."""
        return any(one.audit.impossible for one in self.evaluations)

    def to_frame(self) -> "DataFrame":
        """A row for each finding."""
        return frame(
            {
                "data set": one.dataset,
                "model": one.model,
                "verdict": finding.verdict,
                "test": finding.test,
                "measures": ", ".join(finding.measures),
                "numbers": finding.numbers,
                "why": finding.why,
            }
            for one in self.evaluations
            for finding in one.audit.findings
        )

    def __str__(self) -> str:
        return audit_text(self.evaluations)

    def _repr_html_(self) -> str:
        return html_table(self.to_frame())


def read_card(source: str | Path, *, revision: str = "main") -> Card:
    """Read a model card: every number that it claims, and where it stands.

    Args:
        source: a README file, a folder with one, or a hub id (`owner/name`).
        revision: a hub branch, tag or commit.

    Raises:
        InputError: there is no such card, or it is no text.
        UnreachableError: it would have to be fetched and cannot be.
    """
    return open_card(str(source), revision).card


def audit(
    card: Card | str | Path,
    *,
    documents: int | None = None,
    chunk_size: int | None = None,
    queries: int | None = None,
    vocab_size: int | None = None,
) -> CardAudit:
    """Hold the digits of a card against arithmetic: can an evaluation have printed them?

    Args:
        card: as `read_card` gives it, or what `read_card` takes.
        documents: in the corpus, if known.
        chunk_size: the evaluator's corpus_chunk_size, if known.
        queries: how many, if known; otherwise the digits are asked.
        vocab_size: of the model; None: what the card says, if it does.

    Returns:
        `.impossible`, `.evaluations` with their findings, `.to_frame()`.

    Raises:
        InputError: there is no such card, or it has no number that can be audited.
        UnreachableError: it would have to be fetched and cannot be.
    """
    found = card if isinstance(card, Card) else read_card(card)
    if not found.evaluations:
        raise InputError("The card has no number to audit.")
    return CardAudit(
        audit_card(
            found,
            documents=documents,
            chunk_size=chunk_size,
            queries=queries,
            vocab_size=vocab_size,
        )
    )
