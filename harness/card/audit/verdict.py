"""What an audit says: one finding per test, and all of them together."""

from dataclasses import dataclass
from typing import Literal

FindingVerdict = Literal["impossible", "suspicious", "consistent"]
"""impossible: no evaluation can print these digits. suspicious: one could, but hardly this one.
consistent: the test was run and passed."""

GRIM = "Brown and Heathers 2017, doi:10.1177/1948550616673876"
METRICS = "sentence-transformers, InformationRetrievalEvaluator.compute_metrics"
SPARSITY = "sentence-transformers, SparseEncoder.sparsity and SparseInformationRetrievalEvaluator"
WRITER = "sentence-transformers, model card: front matter in full, table at four decimals"


@dataclass(frozen=True)
class Finding:
    """The outcome of one test: what was tested, what came out, why that follows, on whose word."""

    test: str
    measures: tuple[str, ...]
    verdict: FindingVerdict
    numbers: str
    why: str
    source: str


@dataclass(frozen=True)
class Audit:
    """Every finding of one card, and the number of queries its digits give away.

    `queries` is the smallest number of queries at which every counted measure is a whole count
    (its multiples fit as well), or None where the digits do not settle it. `left_out` says what was
    not held against what, and why; `maker` who made the numbers (see `maker`), and `maker_why` what
    shows it.
    """

    findings: tuple[Finding, ...]
    queries: int | None
    left_out: str = ""
    maker: str = "sentence-transformers"
    maker_why: str = ""

    @property
    def impossible(self) -> bool:
        """Whether at least one finding rules out that an evaluation printed these digits."""
        return any(finding.verdict == "impossible" for finding in self.findings)
