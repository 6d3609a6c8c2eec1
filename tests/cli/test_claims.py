"""`harness eval` of an experiment with claims: verdicts and usage examples."""

import json

from harness.experiment.result import read_result
from tests.support.fakes import EXAMPLE


def test_eval_exits_0_when_it_holds_and_1_when_a_number_is_off(
    cli, evaluated, experiment, tmp_path
):
    scores = json.loads(evaluated("--format", "json")[1])["scores"]
    ndcg = scores["dot_ndcg@10"]
    where = ("--results", tmp_path / "mine", "--device", "cpu")
    path = experiment({"ndcg@10": f"{ndcg:.4f}"})
    assert cli("eval", path, *where)[0] == 0
    for by in (0.002, -0.002):
        code, out, _ = cli("eval", experiment({"ndcg@10": f"{ndcg + by:.4f}"}), *where)
        assert code == 1
        assert "it does NOT hold" in out
    close = '[[deviations]]\nmeasure = "ndcg@10"\ntolerance = 0.0021\nbecause = "ties"'
    code, out, _ = cli("eval", experiment({"ndcg@10": f"{ndcg + 0.002:.4f}"}, close), *where)
    assert code == 0
    assert "1 within a declared deviation" in out
    # The result is written either way: it is what was measured.
    assert read_result(tmp_path / "mine" / "mine.json").scores == scores


def test_a_usage_example_that_comes_out_differently_stops_before_the_collection(
    cli, experiment, tmp_path, monkeypatch
):
    path = experiment({"ndcg@10": "0.5"}, EXAMPLE.format("123.45"))
    where = ("--results", tmp_path / "mine", "--device", "cpu", "--format", "json")
    code, out, err = cli("eval", path, *where)
    assert (code, out) == (1, "")
    assert err.startswith("Error: The checkpoint is not the published one: of the usage example")
    assert "is measured where 123.45 is printed" in err
    assert not (tmp_path / "mine").exists()
    code, out, _ = cli("eval", path, *where, "--ignore-examples")
    assert code == 1
    assert json.loads(out)["holds"] is False
    assert read_result(tmp_path / "mine" / "mine.json").examples[0].holds is False


def test_a_usage_example_that_is_reproduced_is_told(cli, experiment, tiny_bert, tmp_path):
    from harness.checkpoint.open import open_checkpoint
    from harness.encoder import EncoderOptions
    from harness.encoder.build import build_encoder

    encoder = build_encoder(open_checkpoint(str(tiny_bert)), EncoderOptions(device="cpu"))
    values = encoder.encode(["yeast"], "query").vectors.values.astype(float)
    product = (values**2).sum()
    where = ("--results", tmp_path / "mine", "--device", "cpu")
    assert cli("eval", experiment({}, EXAMPLE.format(f"{product:.4f}")), *where)[0] == 0
    assert read_result(tmp_path / "mine" / "mine.json").examples[0].holds is True
    for by in (0.0001, -0.0001):  # one unit in the last printed place
        path = experiment({}, EXAMPLE.format(f"{product + by:.4f}"))
        assert cli("eval", path, *where)[0] == 1


def test_measuring_less_than_a_pattern_names_is_no_mistake(cli, experiment, tmp_path):
    deviation = '[[deviations]]\nmeasures = [{}]\ntolerance = 0.1\nbecause = "float32"'
    where = ("--results", tmp_path / "mine", "--device", "cpu")
    path = experiment({"ndcg@10": "0.5"}, deviation.format('"recal@*"'))
    code, out, err = cli("eval", path, *where)
    assert (code, out) == (2, "")
    assert "'recal@*' matches no published number and no measured score" in err
    assert cli("eval", experiment({}), *where)[0] == 0
    near = read_result(tmp_path / "mine" / "mine.json").scores["dot_ndcg@10"] - 0.05
    path = experiment(
        {"ndcg@10": f"{near:.4f}"}, deviation.format('"map@*", "*_active_dims", "ndcg@10"')
    )
    assert cli("eval", path, *where, "--measures", "ndcg@10")[0] == 0
    # The result keeps it measure by measure, as 0.1.0 reads it.
    kept = read_result(tmp_path / "mine" / "mine.json").claims.deviations
    assert [d.measure for d in kept] == ["ndcg@10", "query_active_dims", "corpus_active_dims"]
