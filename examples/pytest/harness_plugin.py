"""A small pytest plugin: evaluate an experiment once, and assert that its numbers hold.

@pytest.mark.experiment("experiments/mine.toml")
@pytest.mark.budgets({"ndcg@10": (0.3, 1), "corpus_active_dims": (0, 200)})
def test_retrieval(result):
    assert result.holds
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

import harness
from harness.comparison.budgets import BudgetVerdict, judge_budgets, quantities
from harness.experiment.budgets import Budgets

RESULT = pytest.StashKey["Judged"]()


@dataclass(frozen=True)
class Judged:
    """An evaluation held against its published numbers and a test's budgets.

    Attributes:
        name: of the experiment.
        scores: every measure at full precision: `["ndcg@10"]`.
        broken: a sentence for each number that does not hold.
    """

    name: str
    scores: Mapping[str, float]
    broken: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is broken."""
        return not self.broken

    def __repr__(self) -> str:
        return f"<{self.name}: {'; '.join(self.broken) or 'holds'}>"


@pytest.fixture(scope="session")
def evaluate() -> Callable[[str], "harness.api.evaluation.Outcome"]:
    """Evaluate an experiment by its file: once in a session, however many tests ask."""
    known: dict[str, harness.api.evaluation.Outcome] = {}

    def call(experiment: str) -> "harness.api.evaluation.Outcome":
        if experiment not in known:
            known[experiment] = harness.reproduce(experiment)
        return known[experiment]

    return call


@pytest.fixture
def result(request: pytest.FixtureRequest, evaluate: Callable) -> Judged:
    """The experiment of the test's marker, by its published numbers and the test's budgets."""
    marker = request.node.get_closest_marker("experiment")
    if marker is None:
        pytest.fail('the fixture `result` needs @pytest.mark.experiment("FILE.toml")')
    outcome = evaluate(str(marker.args[0]))
    budgets = request.node.get_closest_marker("budgets")
    ranges = {} if budgets is None else budgets.args[0]
    found = Judged(outcome.result.name, outcome.scores, tuple(broken(outcome, ranges)))
    request.node.stash[RESULT] = found
    return found


def broken(outcome: "harness.api.evaluation.Outcome", ranges: Mapping) -> Iterator[str]:
    """A sentence for each published number, usage example and budget that does not hold."""
    for row in outcome.comparisons:
        if row.verdict in ("off", "unmeasured"):
            yield f"{row.measure} is {row.measured}, and {row.published.text} is published"
    for example in outcome.result.examples:
        if not example.holds:
            yield f"usage example in {example.source}: {example.differs}"
    for one in judge_budgets(Budgets(between=ranges), quantities(outcome.result), None):
        if one.verdict is BudgetVerdict.BROKEN:
            yield f"{one.name} is {one.measured:.6g}, and {one.low:g} to {one.high:g} is allowed"


def pytest_configure(config: pytest.Config) -> None:
    """Name the markers."""
    config.addinivalue_line("markers", "experiment(file): what the fixture `result` evaluates")
    config.addinivalue_line("markers", "budgets(ranges): {name: (least, most)} of its numbers")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Say below a failure every number that does not hold, however many there are."""
    report = yield
    found = item.stash.get(RESULT, None)
    if report.failed and call.when == "call" and found is not None and found.broken:
        report.sections.append((f"harness: {found.name} does not hold", "\n".join(found.broken)))
    return report
