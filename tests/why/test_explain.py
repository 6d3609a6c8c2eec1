"""From a result to its explanation: orders of ties, float32, kept runs, and what is said."""

from dataclasses import replace

import numpy as np
import pytest

from harness.data.run import Run
from harness.errors import InputError
from harness.experiment.parts import EvaluationInfo
from harness.why.conventions import own_rules
from harness.why.explain import explained_by
from harness.why.kept import kept_rankings
from harness.why.page import as_data, page, sentence
from harness.why.question import question_of
from harness.why.rules import ANY
from harness.why.searched import searched_rankings
from harness.why.verdict import WhyAnswer
from tests.support import fakes
from tests.support.conventions import SINGLE, ranking
from tests.why.worlds import MEASURES, holds, numbers, repeated, world


def in_an_order(here, order):
    """Numbers where equal scores are ordered by a function of the id."""
    moved = {
        query: dict(sorted(scores.items(), key=lambda pair: order(pair[0])))
        for query, scores in here.scores.items()
    }
    return numbers(moved, here.qrels, here.asked, SINGLE | {"ties": "corpus"}, MEASURES)


@pytest.mark.parametrize("seed", range(3))
def test_an_order_of_equal_scores_that_no_rule_gives_is_told_as_that(seed):
    here = world(seed)
    printed = in_an_order(here, lambda doc: hash((seed, doc[::-1])) % 1009)
    found = here.explained(repeated(printed))
    assert found.answer is WhyAnswer.EXPLAINED
    assert all(box.rules["ties"] == (ANY.name,) for box in found.answered.boxes)
    assert "some order of equal scores" in sentence(found)
    assert "sentence-transformers before 2026-07-31" in found.tools


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("chunk", [50_000])
def test_torch_topk_of_one_chunk_is_told_by_its_chunk(seed, chunk):
    here = world(seed)
    found = here.explained(repeated(here.numbers(ties=f"topk {chunk}")))
    assert found.answer is WhyAnswer.EXPLAINED
    assert holds(found.answered.boxes, {"ties": f"topk {chunk}"})


def nearly_tied():
    """Two documents one unit of float32 apart, the better one not relevant."""
    here = world(0)
    documents = here.vectors.documents
    values = documents.values.copy()
    values[: documents.indptr[1]] = np.nextafter(values[: documents.indptr[1]], np.float32(9))
    return here, replace(here.vectors, documents=replace(documents, values=values))


def test_a_near_tie_the_other_way_round_is_not_off():
    """Documents 0 and 1 have one text; a unit in the last place puts 0 first, whatever ids say."""
    here, vectors = nearly_tied()
    moved = searched_rankings(vectors, here.collection, "st", 100, 100)
    question = here.question(repeated(here.numbers()))
    found = explained_by(question, moved, ())
    assert found.answer is WhyAnswer.NOTHING_OFF


def kept_run(here, depth=100):
    """The run of a world under sentence-transformers' convention."""
    rules = SINGLE | {"depth": str(depth)}
    return Run.from_rankings(
        "kept",
        {q: [(d, s[d]) for d in ranking(q, s, rules)] for q, s in here.scores.items()},
    )


def from_run(here, texts, depth=100):
    question = here.question(texts)
    rankings = kept_rankings(
        kept_run(here, depth), here.collection, here.asked, question.result.evaluation, 10
    )
    return explained_by(question, rankings, ())


@pytest.mark.parametrize(
    "rules", [{"map": "R"}, {"level": "2"}, {"gains": "grades"}, {"recall": "any"}]
)
def test_a_kept_run_suffices_for_what_it_reaches(rules):
    here = world(1)
    printed = {k: v for k, v in here.numbers(**rules).items() if k != "map@100"}
    found = from_run(here, repeated(printed))
    assert found.answer is WhyAnswer.EXPLAINED
    assert holds(found.answered.boxes, rules)
    assert found.source == "the kept run"
    assert "100 documents deep" in found.notes[0]


def test_a_kept_run_is_not_asked_for_what_it_lacks():
    here = world(1)
    names = [aspect.name for aspect in from_run(here, {"mrr@10": "0.5"}).aspects]
    ties = from_run(here, {"mrr@10": "0.5"}).aspects[names.index("ties")]
    depth = from_run(here, {"mrr@10": "0.5"}).aspects[names.index("depth")]
    assert not [rule.name for rule in ties.rules if rule.name.startswith(("topk", "corpus"))]
    assert [rule.name for rule in depth.rules] == ["10", "100"]


@pytest.mark.parametrize("ours", ["trec", "trec10"])
def test_a_result_by_trec_eval_s_policy_is_explained_from_there(ours):
    here = world(1, repeats=False)
    policy = {"ties": ours, "zeros": "not ranked", "queries": "judged", "gains": "grades"}
    policy |= {"map": "R", "repeats": "once"}

    def asked(rules):
        question = here.question(repeated(here.numbers(**rules)))
        evaluation = replace(question.result.evaluation, policy=ours)
        return replace(question, result=replace(question.result, evaluation=evaluation))

    assert asked({}).own == SINGLE | policy
    assert explained_by(asked(policy), here.rankings, ()).answer is WhyAnswer.NOTHING_OFF
    found = explained_by(asked({}), here.rankings, ())
    assert found.answer is WhyAnswer.EXPLAINED
    assert holds(found.answered.boxes, {})
    assert "sentence-transformers 6.2" in found.tools


def test_the_vectors_measures_cannot_be_explained_by_scoring():
    here = world(2)
    question = here.question(repeated(here.numbers(map="R")))
    found = explained_by(question, here.rankings, ("query_active_dims",))
    assert found.answer is not WhyAnswer.EXPLAINED
    assert not found.explained
    assert "query_active_dims" in found.answered.off


def test_a_number_of_another_similarity_is_not_judged():
    here = world(2)
    question = here.question({"cosine_mrr@10": "0.5", "dot_ndcg@10": "0.1"})
    assert [number.measure for number, _ in question.ranked] == ["dot_ndcg@10"]
    assert question.unjudged[0].startswith("cosine_mrr@10")
    assert not explained_by(question, here.rankings, ()).explained


def test_nothing_published_is_an_input_error():
    with pytest.raises(InputError, match="publishes nothing"):
        question_of(fakes.result(), fakes.NOTHING_CLAIMED)


@pytest.mark.parametrize("rules", [{"map": "R"}, {"level": "2", "gains": "grades"}])
def test_a_page_names_what_differs_and_whose_it_is(rules):
    here = world(3)
    found = here.explained(repeated(here.numbers(**rules)))
    text = f"{sentence(found)}\n{page(found)}"
    for aspect in found.aspects:
        if aspect.name in rules:
            assert aspect.about in text
            assert aspect[rules[aspect.name]].whose in text
    data = as_data(found)
    assert data["answer"] == "explained"
    assert data["expected_by_chance"] < 0.05
    truth = [c for c in data["classes"] if set(c["unlike_this_result"]) == set(rules)]
    assert truth
    assert all(rules[a] in truth[0]["rules"][a] for a in rules)


def test_a_page_of_a_partial_fit_calls_it_weak():
    here = world(3)
    printed = here.numbers(map="R") | {"mrr@10": 0.123456789}
    found = here.explained(repeated(printed))
    assert found.answer is WhyAnswer.PARTLY
    assert "weak evidence" in sentence(found)
    assert f"{len(printed) - 1} of {len(printed)} come out" in page(found)


def test_a_page_of_no_fit_says_none():
    here = world(3)
    found = here.explained({"mrr@10": "0.123456789", "ndcg@10": "0.987654321"})
    assert found.answer is WhyAnswer.NONE
    assert "none of the conventions" in sentence(found)


def test_a_fit_as_good_as_chance_explains_nothing():
    here = world(3)
    low = here.numbers(level="3")["precision@5"]
    found = here.explained({"precision@5": f"{low:.1f}"}, exact=False)
    assert found.answer is WhyAnswer.EXPLAINED
    assert found.answered.chance > 0.05
    assert found.explained is (found.answered.chance < 0.5)
    assert "by chance" in sentence(found)


def test_a_policy_that_is_none_is_refused():
    evaluation = EvaluationInfo(policy="mine", relevance_level=1, depth=10)
    with pytest.raises(InputError, match="no policy"):
        own_rules(evaluation)
