"""A number that is off accuses somebody: only where nothing else explains it."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from harness.claims.compare import compare
from harness.claims.published import read
from harness.data.run import Run
from harness.experiment.parts import CollectionInfo, ResultCounts
from harness.experiment.sections import CollectionSpec, ModelSpec
from harness.experiment.spec import Experiment
from harness.measures.sparsity import Activity
from harness.pipeline.evaluate import EncodingStats, Evaluation
from harness.pipeline.outcome import Outcome
from harness.pipeline.run_experiment import Settings
from harness.reproduction import (
    JudgedEvaluation,
    Plan,
    PlannedEvaluation,
    Reproduction,
    ReproductionVerdict,
)
from harness.reproduction.judge import judged, judged_mean
from tests.support.fakes import result

TRUE, FALSE, LACKING = ("ndcg@10", "0.7457"), ("ndcg@10", "0.7458"), ("recall@1000", "0.98")
"""Beside `fakes.SCORES`."""


def planned(*numbers, **changed):
    experiment = Experiment(
        name="e", model=ModelSpec("owner/model"), collection=CollectionSpec("pool")
    )
    claimed = tuple(read(measure, text, "the card") for measure, text in numbers)
    return PlannedEvaluation("pool", claimed, experiment, **changed)


def judge(one, measured=None, limit=None):
    measured = measured or result()
    rows = compare(measured.scores, one.numbers, (), measured.intervals or {})
    return judged(one, measured, rows, limit)


def test_all_numbers_that_come_out_are_reproduced():
    found = judge(planned(TRUE, ("mrr@10", "0.67")))
    assert (found.verdict, found.exit_code, found.because) == (
        ReproductionVerdict.REPRODUCED,
        0,
        "",
    )


def test_one_number_that_is_off_is_not_reproduced_and_named():
    found = judge(planned(FALSE, ("mrr@10", "0.67")))
    assert (found.verdict, found.exit_code) == (ReproductionVerdict.NOT_REPRODUCED, 1)
    assert found.because == "1 of 2 numbers (ndcg@10) is off"
    assert [row.measure for row in found.off] == ["ndcg@10"]


@pytest.mark.parametrize(
    ("doubt", "told"),
    [
        ({"guessed": True}, "our guess"),
        ({"content_sha256": "e" * 64}, "the content of pool is cccccccccccc here and was eeeeeeee"),
        ({"queries": 3}, "it is another set than theirs"),
    ],
)
def test_on_what_may_be_another_data_set_nobody_is_accused(doubt, told):
    found = judge(planned(FALSE, **doubt))
    assert (found.verdict, found.exit_code) == (ReproductionVerdict.NOT_JUDGED, 2)
    assert told in found.because


@pytest.mark.parametrize("sure", [{"queries": 2500}, {"content_sha256": "c" * 64}, {}])
def test_where_the_data_set_is_sure_a_wrong_number_is_wrong(sure):
    assert judge(planned(FALSE, **sure)).verdict is ReproductionVerdict.NOT_REPRODUCED


@pytest.mark.parametrize(
    ("stored", "printed", "verdict"),
    [
        ("bfloat16", "0.7451", ReproductionVerdict.NOT_JUDGED),
        ("bfloat16", "0.6451", ReproductionVerdict.NOT_REPRODUCED),
        (None, "0.7451", ReproductionVerdict.NOT_REPRODUCED),
    ],
)
def test_small_differences_of_weights_in_half_precision_accuse_nobody(stored, printed, verdict):
    measured = result()
    measured = replace(measured, model=replace(measured.model, stored_dtype=stored))
    found = judge(planned(("ndcg@10", printed)), measured)
    assert found.verdict is verdict
    told = verdict is ReproductionVerdict.NOT_JUDGED
    assert ("stored in bfloat16" in found.because) is told


def test_a_guess_that_prints_every_number_is_a_proof():
    assert judge(planned(TRUE, guessed=True)).verdict is ReproductionVerdict.REPRODUCED


def test_what_was_not_measured_is_not_reproduced_and_no_fault():
    found = judge(planned(TRUE, LACKING))
    assert (found.verdict, found.exit_code) == (ReproductionVerdict.NOT_JUDGED, 2)
    assert "1 of 2 numbers (recall@1000) is not measured here" in found.because


def test_a_part_of_the_queries_judges_nothing():
    found = judge(planned(TRUE), limit=10)
    assert (found.verdict, found.exit_code) == (ReproductionVerdict.NOT_JUDGED, 2)


CODES = {
    ReproductionVerdict.REPRODUCED: (0,),
    ReproductionVerdict.NOT_REPRODUCED: (1,),
    ReproductionVerdict.NOT_JUDGED: (2, 3),
}


@pytest.mark.parametrize(
    "codes",
    list(
        itertools.chain.from_iterable(itertools.product((0, 1, 2, 3), repeat=n) for n in (1, 2, 3))
    ),
)
def test_the_one_verdict_is_that_of_the_worst(codes):
    """1 before 3 before 2 before 0, whatever the order."""
    by_code = {code: verdict for verdict, all_ in CODES.items() for code in all_}
    one = planned(TRUE)
    verdicts = tuple(JudgedEvaluation(one, by_code[code], exit_code=code) for code in codes)
    found = Reproduction(Plan("s", "card", "m", "main", (one,)), verdicts)
    assert found.exit_code == next(code for code in (1, 3, 2, 0) if code in codes)


def test_nothing_judged_is_never_reproduced():
    found = Reproduction(Plan("s", "card", "m", "main", ()), ())
    assert found.verdict is ReproductionVerdict.NOT_JUDGED
    assert found.exit_code == 2


def part(name, ndcg, queries, documents):
    """An outcome on a collection of its own; the activities are rows of 0 and 1 by dimension."""
    sides = []
    for rows in (queries, documents):
        counts = np.array(rows).sum(axis=0)
        nothing = np.zeros_like(counts)
        active = Activity(len(rows), int(counts.sum()), counts, nothing, nothing)
        sides.append(EncodingStats(len(rows), 1, 0, 0, 0, active))
    measured = result(
        name=name,
        scores={"dot_ndcg@10": ndcg, "query_active_dims": float(np.mean(np.sum(queries, axis=1)))},
        intervals={},
        counts=ResultCounts(queries=1, encoded_queries=len(queries), encoded_documents=2),
        collection=CollectionInfo(id=name, documents=2, sha256=name * 64),
    )
    run = Run("r", (), np.zeros(1, np.int64), [], np.zeros(0))
    return Outcome(measured, Evaluation({}, None, run, *sides, 0, {}, None))


def test_a_mean_is_over_sets_and_its_flops_over_all_texts():
    """By hand: 3 queries and 4 documents of 2 dimensions; rates (2/3, 1/3) and (1/4, 3/4)."""
    outcomes = {
        "a": part("a", 0.5, [[1, 0]], [[0, 1], [0, 1]]),
        "b": part("b", 0.25, [[1, 0], [0, 1]], [[1, 1], [0, 0]]),
    }
    flops = 2 / 3 * 1 / 4 + 1 / 3 * 3 / 4
    one = replace(
        planned(("ndcg@10", "0.375"), ("query_active_dims", "1.0"), ("avg_flops", repr(flops))),
        parts=("a", "b"),
    )
    found = judged_mean(one, outcomes, Settings())
    assert found.verdict is ReproductionVerdict.REPRODUCED, found.because
    measured = {row.measure: row.measured for row in found.comparisons}
    assert measured["avg_flops"] == pytest.approx(flops, rel=1e-12)
    wrong = replace(one, numbers=(read("ndcg@10", "0.333", "the card"),))
    assert judged_mean(wrong, outcomes, Settings()).verdict is ReproductionVerdict.NOT_REPRODUCED


def test_a_mean_whose_part_was_not_run_cannot_be_judged():
    one = planned(("ndcg@10", "0.5"), parts=("a", "b"))
    found = judged_mean(one, {"a": part("a", 0.5, [[1]], [[1]])}, Settings())
    assert (found.verdict, found.exit_code) == (ReproductionVerdict.NOT_JUDGED, 2)
    assert "of which 1 were not run (first: b)" in found.because
