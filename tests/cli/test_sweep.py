"""`harness sweep` at the command line."""

import csv
import json

import pytest

from harness.experiment.result import read_result


def test_a_page_fits_a_terminal(cli, done, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = cli("sweep", done, "-p", "documents:top=2,4,8", "-p", "both:weight=0.1,0.2")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert "Documents: the largest weights of a text (documents:top)" in out
    assert "Kneedle" in out


def test_json_markdown_and_plot_data(cli, done, tmp_path):
    plot = tmp_path / "plot.csv"
    given = ("sweep", done, "-p", "both:top=2,4", "--measure", "mrr@10")
    code, out, err = cli(*given, "--format", "json", "--csv", plot)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["measure"] == "mrr@10"
    assert found["whole"]["scores"] == pytest.approx(dict(read_result(done).scores), abs=1e-12)
    with plot.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["value"] for row in rows] == ["2", "4", ""]
    code, out, _ = cli(*given, "--format", "markdown")
    assert code == 0
    assert "| keep" in out.replace("|   keep", "| keep")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "documents:best=3"], "is no pruning"),
        (["-p", "documents:top=x"], "'x' is no number"),
        (["--measure", "ndgc"], "'ndgc' is not a measure"),
        (["--measure", "avg_flops"], "is a measure of the vectors"),
    ],
)
def test_what_cannot_be_is_one_sentence(cli, done, arguments, said):
    code, out, err = cli("sweep", done, *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert said in err


def test_plot_data_replace_no_input(cli, done):
    code, out, err = cli("sweep", done, "--csv", done)
    assert (code, out) == (2, "")
    assert "which is read: write to another file" in err
