"""The outcome of an experiment: its result, its rankings and the verdict, as Python has them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.claims.compare import Comparison
from harness.data.inputs import frame, html_table
from harness.experiment.result import Result
from harness.measures.by_measure import ByKey
from harness.pipeline.evaluate import Evaluation
from harness.report import files
from harness.report.files import measured_on, summary, verdict_sentence
from harness.system import inert

if TYPE_CHECKING:
    from harness.data.inputs import DataFrame


@dataclass(frozen=True)
class Outcome:
    """What an experiment gave: what was measured, and the verdict.

    Attributes:
        result: what is written down.
        evaluation: the rankings and the scores of each query.
    """

    result: Result
    evaluation: Evaluation

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Measured against published."""
        return self.result.comparisons

    @property
    def holds(self) -> bool:
        """The one verdict, on every published number and every usage example."""
        return self.result.holds

    def with_alarms(self, more: tuple[str, ...]) -> "Outcome":
        """The same with alarms that only whoever asked for it can know."""
        return replace(self, result=replace(self.result, alarms=(*self.result.alarms, *more)))

    @property
    def scores(self) -> ByKey[float]:
        """Every measure at full precision, by any spelling: `["dot_ndcg@10"]`, `["ndcg@10"]`."""
        return ByKey(self.result.scores)

    def to_frame(self) -> "DataFrame":
        """A row for each number: measured, published, delta, verdict, and why where it is close."""
        return frame(
            {
                "measure": one.measure,
                "measured": one.measured,
                "published": one.published.text if one.published else None,
                "delta": one.delta,
                "verdict": str(one.verdict),
                "because": one.because,
                "low": one.interval.low if one.interval else None,
                "high": one.interval.high if one.interval else None,
            }
            for one in self.comparisons
        )

    def write(self, folder: Path | str) -> Path:
        """Write result, run, scores of each query and tables; the path is the result's.

        Raises:
            UnreachableError: something cannot be written.
        """
        found = self.evaluation
        return files.write_all(Path(folder), self.result, self.comparisons, found.run, found.ranked)

    def __str__(self) -> str:
        alarms = (inert.sentence(f"Alarm: {sentence}") for sentence in self.result.alarms)
        return "\n".join((summary(self.result, self.comparisons), *alarms))

    def _repr_html_(self) -> str:
        told = (measured_on(self.result), verdict_sentence(self.comparisons, self.result))
        before, after = (f"<p>{inert.html(text)}</p>" for text in told)
        return f"{before}{html_table(self.to_frame())}{after}"
