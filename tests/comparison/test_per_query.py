"""Files of per-query scores: read back to the last bit, or refused in one sentence."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.comparison.per_query import PerQuery, parse_per_query, require_means
from harness.data.qrels import Qrels
from harness.data.run import Run
from harness.errors import InputError
from harness.measures import Policy, score
from harness.measures.names import CARD
from harness.report.tables import per_query_csv

IDS = st.lists(
    st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=8, unique=True
)


@settings(max_examples=40, deadline=None)
@given(IDS, st.integers(0, 2**32 - 1))
def test_what_harness_writes_is_read_back_to_the_last_bit(ids, seed):
    chance = np.random.default_rng(seed)
    docs = [f"d{n}" for n in range(5)]
    rankings = {
        i: [(d, float(s)) for d, s in zip(docs, chance.random(5), strict=True)] for i in ids
    }
    qrels = Qrels.of({query_id: {docs[int(chance.integers(5))]: 1} for query_id in ids})
    ranked = score(Run.from_rankings("t", rankings), qrels, CARD, Policy())
    found = parse_per_query(per_query_csv(ranked), "here")
    assert found.query_ids == ranked.query_ids
    assert found.measures == tuple(ranked.per_query)
    for place, values in enumerate(ranked.per_query.values()):
        assert found.values[:, place].tolist() == values.tolist()


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text("query_id,ndcg@10\n0.5\"'\r\x00q", max_size=60))
def test_any_other_text_is_refused_and_nothing_else_happens(text):
    for whole in (text, f"query_id,ndcg@10\n{text}", f"query_id,ndcg@10\nq,0.5\n{text}"):
        with suppress(InputError):
            found = parse_per_query(whole, "here")
            assert np.isfinite(found.values).all()
            assert len(set(found.query_ids)) == len(found.query_ids)


@pytest.mark.parametrize("cell", ["1_0", "inf", "-Infinity", "nan", "", "0x1", "\u0661", "1e999"])
def test_what_is_no_finite_number_is_refused(cell):
    with pytest.raises(InputError, match="no finite number"):
        parse_per_query(f"query_id,ndcg@10\nq,{cell}\n", "here")


def test_other_means_than_the_results_are_refused():
    scores = PerQuery(("a", "b"), ("ndcg@10",), np.array([[0.25], [0.75]]))
    require_means(scores, {"ndcg@10": 0.5, "mrr@10": 0.1}, "here")
    require_means(scores, {"ndcg@10": 0.5 + 1e-12}, "here")
    with pytest.raises(InputError, match=r"its mean ndcg@10 is 0\.5"):
        require_means(scores, {"ndcg@10": 0.5001}, "here")
