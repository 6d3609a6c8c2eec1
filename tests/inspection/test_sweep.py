"""A point of a sweep is the evaluation of an encoder that prunes so; knees are found by hand."""

import csv
import io
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import InputError, UnreachableError
from harness.experiment.result import read_result
from harness.inspection.cached_vectors import CachedVectors
from harness.inspection.curves import Point, curve, knee
from harness.inspection.opened import open_result
from harness.inspection.pruning import DEFAULT, Pruning, parse_prunings
from harness.inspection.sweep import sweep
from harness.inspection.sweep_text import sweep_csv, sweep_data
from harness.measures.names import SPARSITY, Measure
from tests.inspection.conftest import KINDS
from tests.support.fakes import vectors_of

NDCG = Measure.parse("ndcg@10")

ROWS = st.lists(
    st.dictionaries(
        st.integers(0, 40), st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.0, 3.25]), max_size=25
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("dims", [6])
def test_a_point_is_the_evaluation_of_a_model_that_keeps_so_many_dimensions(evaluated, dims):
    """All twenty numbers of an encoder whose configuration says max_active_dims."""
    pruned = read_result(evaluated("six dimensions").result)
    assert pruned.model.recipe.max_active_dims == dims
    found = sweep(evaluated().vectors(), parse_prunings([f"both:top={dims}"]), NDCG)
    (one,) = found.curves
    point = next(p for p in one.points if p.pruning is not None)
    assert set(point.scores) == set(pruned.scores)
    for key, score in pruned.scores.items():
        assert point.scores[key] == pytest.approx(score, abs=1e-12), key
    assert pruned.scores["dot_ndcg@10"] != found.whole.quality


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "six dimensions"])
def test_without_pruning_a_point_is_the_result(evaluated, kind):
    done = evaluated(kind)
    scores = read_result(done.result).scores
    whole = sweep(done.vectors(), parse_prunings(["both:top=100000"]), NDCG)
    for point in (whole.whole, whole.curves[0].points[0]):
        assert dict(point.scores) == pytest.approx(dict(scores), abs=1e-12)


def test_each_side_is_pruned_alone(evaluated):
    vectors = evaluated().vectors()
    scores = read_result(evaluated().result).scores
    found = sweep(vectors, parse_prunings(["documents:top=3", "queries:top=2"]), NDCG)
    documents, queries = (one.points[0].scores for one in found.curves)
    assert documents["corpus_active_dims"] <= 3
    assert documents["query_active_dims"] == scores["query_active_dims"]
    assert queries["query_active_dims"] <= 2
    assert queries["corpus_active_dims"] == scores["corpus_active_dims"]
    postings = found.curves[0].points[0].postings
    assert postings == documents["corpus_active_dims"] * found.documents


@given(ROWS, st.integers(1, 12))
def test_top_keeps_the_largest(rows, k):
    kept = Pruning("both", "top", k)(vectors_of(rows, 41))
    for row, (indices, values) in zip(rows, kept.rows(), strict=True):
        expected = sorted(row, key=lambda t: (-row[t], t))[:k]
        assert sorted(expected) == indices.tolist()
        assert values.tolist() == [np.float32(row[t]) for t in sorted(expected)]


@given(ROWS, st.sampled_from([0.25, 0.5, 1.0, 1.5, 3.25, 9.0]))
def test_weight_keeps_what_is_at_least_so_large(rows, least):
    kept = Pruning("both", "weight", least)(vectors_of(rows, 41))
    for row, (indices, _) in zip(rows, kept.rows(), strict=True):
        assert indices.tolist() == sorted(t for t in row if row[t] >= least)


@given(ROWS, st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]))
def test_mass_keeps_the_fewest_that_have_the_share(rows, share):
    kept = Pruning("both", "mass", share)(vectors_of(rows, 41))
    kept.check("pruned")
    for row, (indices, values) in zip(rows, kept.rows(), strict=True):
        ordered = sorted(row, key=lambda t: (-row[t], t))
        needed, total = 0, 0.0
        while total < share * sum(row.values()):
            total += row[ordered[needed]]
            needed += 1
        assert indices.tolist() == sorted(ordered[:needed])
        assert float(values.sum()) >= share * sum(row.values())


def point(flops, quality):
    return Point(Pruning("both", "top", 1), {"avg_flops": flops}, quality, 0, 0.0)


def test_the_knee_by_hand():
    """Scaled: (0, 0), (.1, .6), (.4, .9), (1, 1): .5 above the chord at the second and third."""
    points = [point(1, 0.2), point(2, 0.5), point(4, 0.66), point(11, 0.7)]
    # y - x: 0, .6 - .1 = .5, .92 - .3 = .62, 0
    assert knee(points) is points[2]
    assert knee(points[:2]) is None
    assert knee([point(1, 0.5), point(2, 0.5), point(3, 0.5)]) is None
    assert knee([point(1, 0.1), point(2, 0.1), point(3, 0.9)]) is None
    found = curve(points[2::-1], points[3])
    assert [p.flops for p in found.points] == [1, 2, 4, 11]
    assert found.kept is points[3]
    assert curve([point(1, 0.2), point(5, 0.695)], points[3]).kept.flops == 5


@given(
    st.lists(st.tuples(st.floats(0.01, 10), st.floats(0, 1)), min_size=3, max_size=9, unique=True)
)
def test_the_knee_is_the_point_furthest_from_the_chord(pairs):
    """For a monotone curve: y - x is the distance to the line through both ends, by geometry."""
    costs = sorted({round(c, 3) for c, _ in pairs})
    qualities = sorted({round(q, 3) for _, q in pairs})
    size = min(len(costs), len(qualities))
    if size < 3:
        return
    points = [point(c, q) for c, q in zip(costs[:size], qualities[:size], strict=True)]
    first, last = np.array([0.0, 0.0]), np.array([1.0, 1.0])
    scaled = [
        np.array(
            [
                (p.flops - points[0].flops) / (points[-1].flops - points[0].flops),
                (p.quality - points[0].quality) / (points[-1].quality - points[0].quality),
            ]
        )
        for p in points
    ]
    line = last - first
    distance = [(line[0] * s[1] - line[1] * s[0]) / np.linalg.norm(line) for s in scaled]
    found = knee(points)
    if found is None:
        assert max(distance) <= 1e-12
    else:
        chosen = points.index(found)
        assert distance[chosen] == pytest.approx(max(distance), abs=1e-12)


def test_plot_data_has_every_point_at_full_precision(evaluated):
    found = sweep(evaluated().vectors(), parse_prunings(["both:top=2,5", "queries:top=3"]), NDCG)
    rows = list(csv.DictReader(io.StringIO(sweep_csv(found))))
    assert [(row["curve"], row["value"]) for row in rows] == [
        *(("both:top", "2"), ("both:top", "5"), ("both:top", "")),
        *(("queries:top", "3"), ("queries:top", "")),
    ]
    points = [p for one in found.curves for p in one.points]
    for row, p in zip(rows, points, strict=True):
        assert {key: float(row[key]) for key in p.scores} == dict(p.scores)
        assert int(row["postings"]) == p.postings
    assert set(SPARSITY) <= set(rows[0])
    data = sweep_data(found, "name")
    assert [len(one["points"]) for one in data["curves"]] == [3, 2]
    assert data["whole"]["scores"] == dict(found.whole.scores)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("documents", "is no number"),
        ("documents:top=x", "'x' is no number"),
        ("docs:top=3", "'docs:top' is no pruning"),
        ("documents:best=3", "is no pruning"),
        ("documents:top=0", "a whole number of 1 or more is needed"),
        ("documents:top=2.5", "a whole number of 1 or more is needed"),
        ("both:weight=0", "a number above 0 is needed"),
        ("both:weight=inf", "a number above 0 is needed"),
        ("both:weight=nan", "a number above 0 is needed"),
        ("queries:mass=1", "a share between 0 and 1 is needed"),
        ("queries:mass=-1", "a share between 0 and 1 is needed"),
    ],
)
def test_a_pruning_that_is_none(text, said):
    with pytest.raises(InputError, match=said):
        parse_prunings([text])


def test_those_that_are_tried_where_none_is_asked_for():
    assert len(parse_prunings(DEFAULT)) == 20
    assert len(parse_prunings(["both:top=3,3", "both:top=3"])) == 1


def test_an_empty_cache_is_said(evaluated, tmp_path):
    opened = open_result(evaluated().result, cache=tmp_path / "empty")
    with pytest.raises(UnreachableError, match="as this machine encodes them"):
        sweep(CachedVectors(opened), parse_prunings(["both:top=3"]), NDCG)


def test_a_collection_that_was_changed_since_is_refused(evaluated, folder, tmp_path):
    changed = shutil.copytree(folder, tmp_path / "changed")
    path = changed / "corpus.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"text": "', '"text": "More ', 1), encoding="utf-8")
    done = evaluated()
    opened = open_result(done.result, collection=str(changed), cache=done.cache)
    with pytest.raises(InputError, match="is not what it was when"):
        sweep(CachedVectors(opened), parse_prunings(["both:top=3"]), NDCG)
