"""Two results side by side: what a pruned model lost, held against the files of both."""

import csv
import math

import pytest

import harness
from harness.errors import InputError
from harness.inspection.against import compare
from harness.inspection.explain import explain
from harness.inspection.worst import worst
from harness.measures.names import Measure
from harness.system import inert

NDCG = Measure.parse("ndcg@10")


@pytest.fixture(scope="module")
def pair(evaluated):
    """The model that keeps six dimensions, and the same with all of them."""
    return evaluated("six dimensions"), evaluated("one model")


def per_query(done):
    path = done.result.with_name(done.result.name.replace(".json", ".per-query.csv"))
    with path.open(encoding="utf-8") as stream:
        return {inert.csv_text(r["query_id"]): float(r["ndcg@10"]) for r in csv.DictReader(stream)}


def found_by(pair, count=20):
    mine, theirs = (done.vectors() for done in pair)
    runs = mine.opened.run(), theirs.opened.run()
    return worst(mine, runs[0], theirs, runs[1], NDCG, count), mine, theirs, runs


def test_the_losses_are_those_of_the_two_files(pair):
    now, before = map(per_query, pair)
    changes = {q: now[q] - before[q] for q in now}
    found, *_ = found_by(pair)
    expected = sorted(change for change in changes.values() if change < 0)
    assert len(expected) >= 3
    assert [q.now - q.before for q in found.queries] == expected
    assert all(changes[q.query_id] == q.now - q.before for q in found.queries)
    assert (found.lost, found.won, found.same) == (
        len(expected),
        sum(change > 0 for change in changes.values()),
        sum(change == 0 for change in changes.values()),
    )
    assert found.mean == pytest.approx(math.fsum(changes.values()) / len(changes), abs=1e-15)
    assert len(found_by(pair, 2)[0].queries) == 2


def test_leads_and_causes_are_differences_of_printed_scores(pair):
    found, *_, runs = found_by(pair)
    falls = [query for query in found.queries if query.fall is not None]
    assert falls
    for query in falls:
        fall = query.fall
        scores = [{d.doc_id: d.score for d in run[query.query_id]} for run in reversed(runs)]
        ranks = [{d: n for n, d in enumerate(one, 1)} for one in scores]
        assert fall.ranks == tuple(one.get(fall.doc_id) for one in ranks)
        assert fall.other_ranks == tuple(one.get(fall.other) for one in ranks)
        assert ranks[1][fall.other] < ranks[1].get(fall.doc_id, math.inf)
        assert ranks[0].get(fall.other, math.inf) > ranks[0][fall.doc_id]
        for lead, one in zip(fall.lead, scores, strict=True):
            if fall.doc_id in one and fall.other in one:
                assert lead == pytest.approx(one[fall.doc_id] - one[fall.other], abs=1e-5)
        assert [c.change for c in fall.causes] == sorted(c.change for c in fall.causes)
        assert all(cause.change < 0 for cause in fall.causes)
        # Pruning takes weights away: nothing can have been gained.
        assert all(cause.lost for cause in fall.causes)


def test_against_itself_nothing_is_lost(pair):
    _, whole = pair
    vectors = whole.vectors()
    run = vectors.opened.run()
    found = worst(vectors, run, vectors, run, NDCG, 20)
    assert (found.queries, found.lost, found.won, found.mean) == ((), 0, 0, 0.0)
    explained = explain(vectors, run, vectors.opened.asked[0].query_id)
    change = compare(explained, run, vectors, run, vectors)
    assert (change.changed, change.came, change.went) == ((), (), ())


def test_changes_sum_to_the_change_of_the_printed_scores(pair):
    mine, theirs = (done.vectors() for done in pair)
    run, before = mine.opened.run(), theirs.opened.run()
    for query in mine.opened.asked:
        explained = explain(mine, run, query.query_id)
        change = compare(explained, run, mine, before, theirs)
        total = sum(one.by for one in change.changed)
        assert change.before.printed is not None
        printed = explained.document.printed - change.before.printed
        assert total == pytest.approx(printed, abs=1e-5)
        assert change.kept + len(change.came) == 10
        assert len(change.went) == len(change.came)


def test_by_hand_the_document_that_costs_most_is_the_reason(evaluated):
    """Of two relevant documents one falls from 1 to 3, the other from 9 to 10."""
    vectors = evaluated().vectors()
    query = next(
        q
        for q in vectors.opened.asked
        if len(vectors.opened.collection.qrels.relevant(q.query_id)) > 1
    )
    first, second, *_ = vectors.opened.collection.qrels.relevant(query.query_id)
    others = [
        d.doc_id
        for d in vectors.opened.collection.corpus
        if d.doc_id not in vectors.opened.collection.qrels.relevant(query.query_id)
    ]
    before = [first, *others[:7], second, *others[7:9]]
    now = [others[8], others[0], first, *others[1:7], second, others[7]]
    runs = (
        harness.Run.from_rankings(
            "tag",
            {
                q.query_id: [(doc, 20.0 - n) for n, doc in enumerate(docs)]
                if q == query
                else [(others[0], 1.0)]
                for q in vectors.opened.asked
            },
        )
        for docs in (now, before)
    )
    run, earlier = runs
    (lost,) = worst(vectors, run, vectors, earlier, NDCG, 20).queries
    assert (lost.query_id, lost.fall.doc_id, lost.fall.ranks) == (query.query_id, first, (1, 3))
    assert (lost.fall.other, lost.fall.other_ranks) == (others[8], (11, 1))
    assert lost.fall.overtaken_by == 2


def test_autoencoders_have_no_common_names(evaluated):
    one, other = evaluated("an autoencoder, cosine").vectors(), evaluated("cosine").vectors()
    run, before = one.opened.run(), other.opened.run()
    explained = explain(one, run, one.opened.asked[0].query_id)
    change = compare(explained, run, one, before, other)
    assert (change.comparable, change.changed) == (False, ())


def test_results_ranked_otherwise_are_not_compared(evaluated):
    mine, theirs = evaluated().vectors(), evaluated(depth=100, policy="trec").vectors()
    with pytest.raises(InputError, match="differ in evaluation policy: st and trec"):
        worst(mine, mine.opened.run(), theirs, theirs.opened.run(), NDCG, 3)
