"""The committed results against 32 dims of each text: the right signs, and sure of them."""

import pytest
from scipy import stats

from benchmarks.gate import PRUNED, ROOT, differences
from harness import compare

NAMES = ("crowdrag-splade-tiny", "insuranceqa-splade-tiny")


@pytest.mark.parametrize("name", NAMES)
def test_32_dims_are_worse_on_the_whole_collections(name):
    whole, pruned = (folder / f"{name}.per-query.csv" for folder in (ROOT / "results", PRUNED))
    found = compare(whole, pruned, margin={"ndcg@10": 0.005})
    for measure in ("ndcg@10", "mrr@10", "map@100"):
        one = found.measures[measure]
        theirs = stats.ttest_1samp(differences(name, measure), 0)
        assert one.difference < one.high < 0
        assert (one.low, one.high) == pytest.approx(tuple(theirs.confidence_interval()))
        assert one.adjusted_p < 0.001
    assert not found.holds
    assert str(found.found.margins[0].answer) == "regressed"


@pytest.mark.parametrize("name", NAMES)
def test_a_committed_result_is_unchanged_against_itself(cli, name):
    path = ROOT / "results" / f"{name}.json"
    code, out, err = cli("compare", path, path, "--margin", "ndcg@10=0")
    assert (code, err) == (0, "")
    assert "Unchanged: every score of every query is the same" in out
