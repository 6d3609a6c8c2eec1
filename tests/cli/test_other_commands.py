"""`harness report`, `encode`, `cache` and `list`."""

from harness.encoder.encoder import Encoder
from harness.experiment.result import write_result
from harness.experiment.spec import open_experiment, shipped
from tests.support.fakes import result


def test_report_writes_the_overview(cli, tmp_path):
    write_result(result(), tmp_path / "an-experiment.json")
    code, out, _ = cli("report", "--results", tmp_path)
    assert (code, out) == (0, f"written {tmp_path / 'README.md'}\n")
    assert "an-experiment" in (tmp_path / "README.md").read_text()


def test_encode_leaves_nothing_for_eval_to_encode(cli, evaluated, tiny_bert, folder, monkeypatch):
    code, out, _ = cli(
        "encode", "--model", tiny_bert, "--collection", folder, "--device", "cpu", "--threads", "1"
    )
    assert code == 0
    assert out.startswith("6 queries and 40 documents lie in ")

    def refuse(*_):
        raise AssertionError("encoded again")

    monkeypatch.setattr(Encoder, "loaded", refuse)
    assert evaluated()[0] == 0


def test_the_cache_is_listed_and_emptied(cli, evaluated, tiny_bert):
    evaluated()
    code, out, _ = cli("cache", "list")
    assert code == 0
    row = out.splitlines()[2].split()
    assert row[1:3] == [str(tiny_bert), "2"]
    assert cli("cache", "prune", row[0])[:2] == (0, "removed 2 shards\n")
    assert cli("cache", "prune", row[0])[0] == 2
    assert cli("cache", "prune", "--all")[:2] == (0, "removed 0 shards\n")


def test_list_names_what_is_shipped_and_what_it_needs(cli):
    code, out, _ = cli("list")
    assert code == 0
    assert "crowdrag-splade-tiny" in out
    assert "20 numbers" in out
    assert "17 MB" in out


def test_list_says_each_experiment_once_and_each_model_once(cli):
    """Half of a line each would be the name of a model that the line before has."""
    _, out, _ = cli("list")
    lines = out.splitlines()[2:]
    named = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert sorted(named) == sorted(shipped())
    models = [line for line in lines if " model " in line or "splade-tiny (" in line]
    assert len(models) == len({open_experiment(name).model.id for name in shipped()})
    assert len(lines) == len(named) + len(models)
    assert " 1 number " in out
    assert " 1 numbers " not in out
