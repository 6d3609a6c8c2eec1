"""Paired statistics of per-query scores: is a difference between two systems more than chance?

Everything here is of the differences d_q = new - base of the same queries. Their mean is judged by
the t interval and by sign flips, which answer that question and keep their error rates; neither
Wilcoxon's test (it is of another hypothesis, and rejects a mean of 0 where differences are skewed)
nor the percentile bootstrap (too short with few changed queries) is here. Sources: Smucker, Allan
and Carterette 2007, doi:10.1145/1321440.1321528; Urbano, Lima and Hanjalic 2019, arXiv:1905.11096;
Ihemelandu and Ekstrand 2023, arXiv:2305.02461. docs/compare.md has the error rates on real data.
"""

from typing import Final

LEAST_CHANGED: Final = 20
"""With fewer queries that changed, no test of their mean is to be believed (docs/compare.md)."""

SAME: Final = 1e-12
"""Scores of a query that lie no further apart are one score: rounding of float64, not a change.

Two different values of a measure of some hundred ranks lie much further apart.
"""

ALPHA: Final = 0.05
"""Error rate: two-sided of intervals and detectable changes, one-sided of a margin."""

POWER: Final = 0.8
"""With which a smallest detectable change is detected."""

RESAMPLES: Final = 9_999
"""Sign flips that are drawn; the smallest p is then 1 / 10,000."""
