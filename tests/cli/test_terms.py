"""`harness terms` at the command line."""

import json

import pytest

from harness.experiment.result import read_result


def test_a_page_fits_a_terminal(cli, done, monkeypatch):
    for width in (80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        code, out, err = cli("terms", done, "--top", "3")
        assert (code, err) == (0, "")
        assert max(map(len, out.splitlines())) <= width
        assert "40 documents and 6 queries" in " ".join(out.split())
        assert "the result says the same." in " ".join(out.split())
        assert "most expensive" in out


def test_json_is_one_object(cli, done):
    code, out, err = cli("terms", done, "--format", "json", "--top", "100000")
    assert (code, err) == (0, "")
    found = json.loads(out)
    scores = read_result(done).scores
    assert found["avg_flops"] == pytest.approx(scores["avg_flops"], rel=1e-12)
    assert sum(one["flops"] for one in found["most_expensive"]) == pytest.approx(
        scores["avg_flops"]
    )
    assert found["documents"]["active_dims"] == scores["corpus_active_dims"]


def test_markdown_is_tables(cli, done):
    code, out, _ = cli("terms", done, "--format", "markdown")
    assert code == 0
    assert "| most expensive" in out


def test_an_empty_cache_is_one_sentence(cli, done, monkeypatch, tmp_path):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "empty"))
    code, out, err = cli("terms", done)
    assert (code, out) == (3, "")
    assert err.startswith("Error: No vectors of ")
    assert err.count("\n") == 1
