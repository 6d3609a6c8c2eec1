"""`harness compare`: unchanged, changed, broken, undecided; and what it refuses."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from harness.experiment.parts import CollectionInfo, EvaluationInfo
from harness.measures.intervals import Float32Interval
from tests.support.compared import MEASURES, pruned, save, scores


@pytest.fixture
def compared(cli):
    """`harness compare` in JSON."""

    def call(*arguments):
        code, out, err = cli("compare", *arguments, "--format", "json")
        return code, json.loads(out) if out else err

    return call


@pytest.fixture
def worse(saved):
    """A result, and one whose ndcg@10 is less on 30 of 60 queries and more on 10."""
    before = scores()
    after = before.copy()
    after[:30, 1] -= np.linspace(0.01, 0.3, 30)
    after[30:40, 1] += 0.05
    return saved("before", before), saved("after", after, model=pruned()), before, after


def test_every_figure_is_that_of_another_implementation(compared, worse):
    base, new, before, after = worse
    code, found = compared(base, new)
    assert (code, found["schema"], found["kind"], found["queries"]) == (0, 1, "comparison", 60)
    one = found["measures"]["ndcg@10"]
    difference = (after - before)[:, 1]
    theirs = stats.ttest_rel(after[:, 1], before[:, 1])
    interval = theirs.confidence_interval(0.95)
    assert one["difference"] == pytest.approx(np.mean(difference))
    assert (one["low"], one["high"]) == pytest.approx(tuple(interval))
    assert (one["wins"], one["ties"], one["losses"], one["changed"]) == (10, 20, 30, 40)
    assert one["effect_size"] == pytest.approx(theirs.statistic / np.sqrt(60))
    flips = stats.permutation_test(
        (difference,), np.sum, permutation_type="samples", n_resamples=9_999, rng=5
    )
    assert one["p"] == pytest.approx(flips.pvalue, abs=0.004)
    assert one["adjusted_p"] == one["p"]  # no other measure changed
    assert found["measures"]["mrr@10"]["p"] is None
    assert found["same"]["differences"] == ["recipe.max_active_dims: 32 and all"]
    moved = found["moved"]
    assert [one["query_id"] for one in moved] == [f"q{n}" for n in range(29, 19, -1)]
    assert moved[0]["difference"] == pytest.approx(-0.3)


def test_the_table_names_what_is_compared_and_prints_no_nan(cli, worse):
    base, new, *_ = worse
    for style in ("table", "markdown"):
        code, out, err = cli("compare", base, new, "--format", style)
        assert (code, err) == (0, "")
        assert "nan" not in out.lower()
        assert "60 queries" in out
        assert "10/20/30" in out
        assert "q29" in out
    assert "They differ in recipe.max_active_dims: 32 and all." in cli("compare", base, new)[1]


def test_equal_scores_are_unchanged_and_that_is_all(cli, compared, saved):
    base, new = saved("a", scores()), saved("b", scores(), model=pruned())
    code, found = compared(base, new, "--margin", "ndcg@10=0.0001")
    assert (code, found["same"]["answer"], found["holds"]) == (0, "unchanged", True)
    assert found["margins"][0]["answer"] == "unchanged"
    assert found["moved"] == []
    _, out, _ = cli("compare", base, new)
    assert "Unchanged: every score of every query is the same (60 queries, 3 measures)." in out
    assert "better/same/worse" not in out


def test_the_order_of_the_queries_does_not_matter(compared, saved):
    values = scores()
    ids = [f"q{n}" for n in range(60)]
    base = saved("a", values)
    new = saved("b", values[::-1], ids=ids[::-1])
    assert compared(base, new)[1]["same"]["answer"] == "unchanged"


def test_19_changed_queries_are_too_few_and_all_of_them_are_named(cli, compared, saved):
    before = scores()
    after = before.copy()
    after[:19, 1] += 0.01
    base, new = saved("a", before), saved("b", after)
    code, found = compared(base, new, "--moved", 3)
    one = found["measures"]["ndcg@10"]
    assert (code, found["too_few"], len(found["moved"])) == (0, ["ndcg@10"], 19)
    assert (one["p"], one["low"], one["detectable"]) == (None, None, None)
    assert one["difference"] == pytest.approx(0.19 / 60)
    _, out, _ = cli("compare", base, new)
    assert "Too few to test, since fewer than 20 queries changed: ndcg@10 (19)." in out
    assert "All queries that changed" in out


def test_the_same_model_within_float32_is_the_same(compared, saved):
    before = scores()
    after = before.copy()
    after[0, 2] += 0.001
    wide = {"dot_mrr@10": Float32Interval(0.0, 1.0, "near-ties")}
    base = saved("a", before, intervals=wide)
    new = saved("b", after, intervals=wide)
    code, found = compared(base, new, "--margin", "mrr@10=0.0")
    assert (code, found["same"]["answer"]) == (0, "float32")
    assert found["margins"][0]["answer"] == "unchanged"
    # Another score, of which nothing is open; and another model, whose intervals excuse nothing.
    after[1, 1] += 0.001
    other = saved("c", after, intervals=wide)
    assert compared(base, other)[1]["same"]["answer"] == "changed"
    assert "beyond what float32 leaves open" in compared(base, other)[1]["same"]["because"]
    after[1, 1] -= 0.001
    other = saved("d", after, intervals=wide, model=pruned())
    assert compared(base, other)[1]["same"]["answer"] == "changed"


# budgets and margins


@pytest.mark.parametrize(
    ("budget", "code"), [("ndcg@10=0.08", 0), ("ndcg@10=0.06", 1), ("corpus_active_dims=0", 0)]
)
def test_a_budget_is_broken_by_the_measured_difference_alone(compared, worse, budget, code):
    """30 losses of .155 in the mean, 10 gains of .05: 4.15 / 60 = .0692."""
    base, new, *_ = worse
    for pair in ((base, new), (new, base)):  # too good breaks it as well
        found_code, found = compared(*pair, "--budget", budget)
        assert (found_code, found["holds"]) == (code, code == 0)


@pytest.mark.parametrize(
    ("margin", "undecided", "answer", "code"),
    [
        (0.2, "fail", "held", 0),
        (0.001, "fail", "regressed", 1),
        (0.001, "pass", "regressed", 1),
        (0.07, "fail", "undecided", 1),
        (0.07, "pass", "undecided", 0),
    ],
)
def test_a_margin_has_three_answers(compared, worse, margin, undecided, answer, code):
    base, new, *_ = worse
    given = ("--margin", f"ndcg@10={margin}", "--undecided", undecided)
    found_code, found = compared(base, new, *given)
    assert (found_code, found["margins"][0]["answer"]) == (code, answer)
    assert found["holds"] is (code == 0)
    assert (found["margins"][0]["deciding_queries"] is not None) == (answer == "undecided")


def test_undecided_is_told_with_what_would_decide(cli, worse):
    base, new, *_ = worse
    code, out, _ = cli("compare", base, new, "--margin", "ndcg@10=0.07")
    assert code == 1
    assert "ndcg@10 by no more than 0.07 worse: undecided" in out
    assert "queries would decide" in out
    assert "ndcg@10 is undecided: it does NOT hold." in out


# what is refused


REFUSED = [
    ({"collection": CollectionInfo(id="pool", documents=5, sha256="e" * 64)}, "collection sha256"),
    *(
        (
            {
                "evaluation": replace(
                    EvaluationInfo(
                        policy="st",
                        relevance_level=1,
                        depth=100,
                        ignore_identical_ids=False,
                        similarity="dot",
                    ),
                    **changed,
                )
            },
            f"evaluation {next(iter(changed))}",
        )
        for changed in ({"policy": "trec"}, {"relevance_level": 2}, {"depth": 1000})
    ),
]


@pytest.mark.parametrize(("changed", "said"), REFUSED)
def test_another_task_is_refused(cli, saved, changed, said):
    base, other = saved("a", scores()), saved("b", scores(), **changed)
    for others in ((other,), (saved("c", scores()), other)):
        code, out, err = cli("compare", base, *others)
        assert (code, out) == (2, "")
        assert said in err


def test_other_queries_are_refused_by_name(cli, saved):
    base = saved("a", scores())
    ids = [f"q{n}" for n in range(59)] + ["other"]
    code, out, err = cli("compare", base, saved("b", scores(), ids=ids))
    assert (code, out) == (2, "")
    assert "'q59'" in err
    assert "59 in common" in err


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text.replace("query_id", "id", 1), "holds no scores of queries"),
        (lambda text: text.replace("q3,", "q2,", 1), "'q2' stands there twice"),
        (lambda text: text.replace("0.", "nan0.", 1), "no finite number"),
        (lambda text: text.replace("q3,", "q3,1,", 1), "4 columns"),
        (lambda text: "\n".join(text.splitlines()[:-1]), "59 queries"),
        (lambda text: text.replace("ndcg@10,mrr@10", "mrr@10,ndcg@10"), "not of the result"),
        (lambda text: "", "holds no scores of queries"),
        (lambda text: text.replace("ndcg@10", "ncdg@10"), "holds no scores of queries"),
        (lambda text: text.replace("mrr@10", "ndcg@10"), "a measure twice"),
    ],
)
def test_damaged_scores_of_queries_are_refused(cli, saved, damage, said):
    base, new = saved("a", scores()), saved("b", scores())
    path = new.with_name("b.per-query.csv")
    path.write_text(damage(path.read_text()))
    code, out, err = cli("compare", base, new)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a.json",), "two systems or more"),
        (("a.json", "a.run"), "give its judgements with --qrels"),
        (("a.json", "none.json"), "There is no result"),
        (("a.json", "bare.json"), "no scores of its queries beside it"),
        (("a.json", "b.json", "--margin", "ndcg@10"), "not of the form NAME=X"),
        (("a.json", "b.json", "--margin", "ndcg@10=-1"), "0 or more"),
        (("a.json", "b.json", "--margin", "ndcg@10=nan"), "finite number"),
        (("a.json", "b.json", "--margin", "ndgc@10=0.1"), "'ndgc@10' in [margin] is unknown"),
        (("a.json", "b.json", "--margin", "map@100=0.1"), "margin of map@100"),
        (("a.json", "b.json", "--margin", "corpus_active_dims=1"), "unknown"),
        (("a.json", "b.json", "--budget", "posting=1"), "did you mean 'postings'?"),
        (("a.json", "b.json", "--budget", "dot_ndcg@10=1"), "did you mean 'ndcg@10'?"),
        (("a.json", "b.json", "--budget", "avg_flops=1"), "budget of avg_flops"),
        (("a.json", "b.json", "--primary", "map@100"), "There is no map@100 to compare"),
        (("a.json", "b.json", "c.json", "--margin", "ndcg@10=1"), "give two"),
        (("a.json", "b.json", "a.json"), "given twice"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    cli, saved, monkeypatch, tmp_path, arguments, said
):
    for name in ("a", "b", "c", "bare"):
        saved(name, scores())
    (tmp_path / "bare.per-query.csv").unlink()
    (tmp_path / "a.run").write_text("q1 Q0 d 1 1 t\n")
    monkeypatch.chdir(tmp_path)
    code, out, err = cli("compare", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


# runs, files of scores, several systems, original runs


def test_two_runs_are_scored_and_compared(compared, tmp_path):
    """By hand: each of 25 queries has its document at rank 2 before and at rank 1 after."""
    qrels = tmp_path / "qrels.txt"
    qrels.write_text("".join(f"q{n} 0 d 1\n" for n in range(25)))
    for name, first in (("before", "e"), ("after", "d")):
        second = "de".replace(first, "")
        lines = [f"q{n} Q0 {first} 1 2 t\nq{n} Q0 {second} 2 1 t\n" for n in range(25)]
        (tmp_path / f"{name}.run").write_text("".join(lines))
    given = ("--qrels", qrels, "--measures", "mrr@10,accuracy@1")
    code, found = compared(tmp_path / "before.run", tmp_path / "after.run", *given)
    assert (code, found["primary"]) == (0, "mrr@10")
    assert found["measures"]["mrr@10"]["difference"] == 0.5
    assert found["measures"]["accuracy@1"]["wins"] == 25
    assert found["measures"]["mrr@10"]["p"] <= 0.001
    # de against ed: agreements 0 and 1, and 1 beyond: .1 x .9 + .81
    assert found["rankings"]["mean_rbo"] == pytest.approx(0.9)
    assert found["rankings"]["equal_top"] == 0
    short = tmp_path / "short.run"
    short.write_text("".join(f"q{n} Q0 d 1 1 t\n" for n in range(25)))
    code, err = compared(short, tmp_path / "after.run", *given)
    assert code == 2
    assert "compare runs of one depth" in err


def test_files_of_scores_alone_are_compared_and_it_is_said_what_is_not_known(cli, worse, tmp_path):
    base, new, *_ = worse
    queries = [path.with_name(f"{path.stem}.per-query.csv") for path in (base, new)]
    code, out, err = cli("compare", *queries)
    assert (code, err) == (0, "")
    assert "Of one of them or both only scores are known" in out
    rows = "".join(f"q{n} Q0 d 1 1 t\n" for n in range(60))
    run, qrels = tmp_path / "a.run", tmp_path / "qrels.txt"
    run.write_text(rows)
    qrels.write_text("".join(f"q{n} 0 d 1\n" for n in range(60)))
    given = ("--qrels", qrels, "--measures", "ndcg@10")
    code, out, err = cli("compare", base, run, *given, "--policy", "trec")
    assert (code, out) == (2, "")
    assert "scored by the policy st" in err
    assert cli("compare", base, queries[1])[0] == 0


def test_several_systems_are_grouped(cli, compared, tmp_path):
    """b is .1 better than a everywhere but noise, c is b with 5 queries changed."""
    chance = np.random.default_rng(2)
    a = chance.random((100, 3)) * 0.5
    b = a + 0.1 + chance.normal(0, 0.02, a.shape)
    c = b.copy()
    c[:5] -= 0.01
    paths = [save(tmp_path, name, values) for name, values in zip("abc", (a, b, c), strict=True)]
    code, found = compared(*paths)
    assert (code, found["kind"], found["primary"]) == (0, "systems", "ndcg@10")
    assert list(found["systems"]) == [str(paths[n]) for n in (1, 2, 0)]
    assert found["groups"] == [[str(paths[1]), str(paths[2])], [str(paths[0])]]
    by_pair = {(one["better"], one["worse"]): one for one in found["pairs"]}
    assert by_pair[str(paths[1]), str(paths[2])]["holm_p"] is None  # five changed
    assert by_pair[str(paths[1]), str(paths[0])]["holm_p"] == pytest.approx(2e-4)
    code, out, _ = cli("compare", *paths)
    assert code == 0
    assert "3 systems by ndcg@10, 100 queries" in out


def test_a_repetition_is_held_against_the_original_runs(compared, tmp_path):
    base = scores()
    paths = {}
    for name, values in (
        ("a0", base),
        ("b0", base + np.array([0, 0.2, 0])),
        ("a", base + np.array([0, 0.01, 0])),
        ("b", base + np.array([0, 0.11, 0])),
    ):
        paths[name] = save(tmp_path, name, values)
    code, found = compared(paths["a"], paths["b"], "--original", paths["a0"], paths["b0"])
    assert code == 0
    ndcg = found["repetition"]["measures"][1]
    assert ndcg["measure"] == "ndcg@10"
    assert ndcg["base_rmse"] == pytest.approx(0.01)
    assert ndcg["new_rmse"] == pytest.approx(0.09)
    assert ndcg["effect_ratio"] == pytest.approx(0.5)
    assert found["repetition"]["measures"][2]["effect_ratio"] is None


def test_queries_that_moved_are_shown_by_their_texts(compared, saved, folder, cli):
    """The text is that of the BEIR folder; what a terminal would obey in it is made inert."""
    copy = folder.parent / "copy"
    if not copy.exists():
        shutil.copytree(folder, copy)
    before = scores()
    after = before.copy()
    after[:25, 1] += 0.2
    lines = (folder / "queries.jsonl").read_text().splitlines()
    asked = [json.loads(line) for line in lines]
    asked[0]["text"] = "what\x1b[31m is \u202e red"
    (copy / "queries.jsonl").write_text("\n".join(map(json.dumps, asked)) + "\n")
    ids = [asked[0]["_id"], *(f"q{n}" for n in range(1, 60))]
    where = CollectionInfo(id=str(copy), documents=40, sha256="c" * 64)
    base = saved("a", before, ids=ids, collection=where)
    new = saved("b", after, ids=ids, collection=where)
    _, found = compared(base, new)
    assert {one["query_id"]: one["text"] for one in found["moved"]}[ids[0]] == asked[0]["text"]
    _, out, _ = cli("compare", base, new)
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "red" in out


def test_a_collection_that_is_not_here_costs_nothing_but_the_texts(compared, saved):
    where = CollectionInfo(id="no/such/collection", documents=40, sha256="c" * 64)
    before, after = scores(), scores(seed=1)
    base = saved("a", before, collection=where)
    new = saved("b", after, collection=where)
    code, found = compared(base, new)
    assert code == 0
    assert {one["text"] for one in found["moved"]} == {""}


def test_the_face_compares_files_and_scores(saved):
    import harness
    from harness.errors import InputError

    base, new = saved("a", scores()), saved("b", scores(seed=4), model=pruned())
    found = harness.compare(base, str(new), margin={"ndcg@10": 0.9}, budget={"mrr@10": 1.0})
    assert found.holds
    assert not found.unchanged
    assert found.measures["nDCG@10"].queries == 60
    assert list(found.to_frame()["measure"]) == list(MEASURES)
    assert "60 queries" in str(found)
    assert "<td>ndcg@10</td>" in found._repr_html_()
    assert harness.compare(base, base).unchanged
    run = {f"q{n}": {"d": 1.0, "e": 0.5} for n in range(30)}
    qrels = {query: {"d": 1} for query in run}
    turned = {query: {"d": 0.5, "e": 1.0} for query in run}
    ranked = [harness.score(one, qrels, "mrr@10") for one in (run, turned)]
    assert harness.compare(*ranked).measures["mrr@10"].difference == -0.5
    assert not harness.compare(*ranked, margin={"mrr@10": 0.1}, undecided="pass").holds
    with pytest.raises(InputError, match="undecided"):
        harness.compare(base, new, undecided="maybe")
    with pytest.raises(InputError, match=r"harness\.score"):
        harness.compare(base, "a.run")
