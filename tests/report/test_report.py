"""What people read: whole pages by heart, and no name that becomes markup."""

import csv
import gzip
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.claims.compare import compare
from harness.claims.published import read
from harness.data.inputs import frame
from harness.data.qrels import Judgement, Qrels
from harness.data.run import Run
from harness.errors import InputError, UnreachableError
from harness.experiment.parts import ExampleOutcome
from harness.experiment.result import read_result, write_result
from harness.experiment.spec import DEFAULT, open_experiment, read_experiment
from harness.measures import Policy, score
from harness.measures.intervals import Interval
from harness.measures.names import Measure
from harness.report.files import (
    compressed_run,
    markdown,
    measured_on,
    verdict_sentence,
    write_all,
)
from harness.report.overview import write_overview
from harness.report.own_files import marked
from harness.report.tables import (
    as_text,
    comparison_csv,
    comparison_table,
    per_query_csv,
    scores_table,
)
from harness.system import inert
from tests.support.fakes import SCORES, result

EXPERIMENT = read_experiment(
    """
name = "an-experiment"
title = "Model on pool"
[model]
id = "owner/model"
[collection]
id = "pool"
[published]
source = "the card"
note = "Pool, not full ranking."
[published.values]
"ndcg@10" = "0.7457"
"mrr@10" = "67.6"
"dot_accuracy@1" = "0.502"
"map@100" = "0.6708"
"corpus_active_dims" = "174.85202722777373"
[[deviations]]
measure = "accuracy@1"
tolerance = 0.003
because = "ties"
""",
    "here",
)

RUN = Run.from_rankings("harness", {"q1": [("d1", 2.5), ("d2", 1.0)], "q2": [("d2", 0.1)]})
QRELS = Qrels({"q1": (Judgement("d2", 1),), "q2": (Judgement("d2", 2),)})
RANKED = score(RUN, QRELS, [Measure("mrr", 10), Measure("recall", 1)], Policy("st"))


def compared(found=None, experiment=EXPERIMENT):
    scores = (found or result()).scores
    return compare(scores, experiment.claims.published, experiment.claims.deviations)


PAGE = """\
# Model on pool

Model owner/model at 0123456789ab (weights aaaaaaaaaaaa), 512 tokens, max pooling, float32.
Collection pool: 49,036 documents, 5,000 queries evaluated (content cccccccccccc); policy st, \
relevant from grade 1, depth 100.

2 of 5 published numbers match, 1 within a declared deviation, 2 off; \
1 of 2 usage examples reproduced: it does NOT hold.

| measure            |   measured |          published |    delta | verdict     |
|:-------------------|-----------:|-------------------:|---------:|:------------|
| ndcg@10            |     0.7457 |             0.7457 | +4.2e-06 | match       |
| mrr@10             |  67.4932 % |               67.6 | -1.1e-03 | off         |
| dot_accuracy@1     |     0.5000 |              0.502 | -2.0e-03 | close       |
| map@100            |            |             0.6708 |          | unmeasured  |
| corpus_active_dims | 174.852027 | 174.85202722777373 |        0 | match       |
| query_active_dims  |  22.585000 |                    |          | unpublished |

Published: the card. Pool, not full ranking.

- dot_accuracy@1 deviates: ties
- Usage example (the README): reproduced.
- Usage example (the docs): NOT reproduced: 1.0 is measured where 2.0 is printed.
- Alarm: Something looks wrong.
- 3 documents have no text.
"""


def whole():
    found = result(
        examples=(
            ExampleOutcome("the README", True, ""),
            ExampleOutcome("the docs", False, "1.0 is measured where 2.0 is printed"),
        ),
        alarms=("Something looks wrong.",),
    )
    collection = replace(found.collection, facts=("3 documents have no text.",))
    return replace(found, collection=collection, claims=EXPERIMENT.claims)


def test_a_page_by_heart():
    assert markdown(whole(), compared(whole())) == PAGE


def test_the_sentence_of_the_verdict():
    good = tuple(c for c in compared() if c.verdict in {"match", "close"})
    assert verdict_sentence(good, result()) == (
        "2 of 3 published numbers match, 1 within a declared deviation, 0 off: it holds."
    )
    assert verdict_sentence(compare(SCORES, ()), result()) == (
        "5 measures; nothing is published to compare them with."
    )
    assert "it does NOT hold" in verdict_sentence(good, whole())


def test_a_model_without_a_revision_has_none():
    found = result(model=replace(result().model, revision=""))
    assert measured_on(found).startswith("Model owner/model (weights")


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("R&D", "R&amp;D"),
        (r"C:\beir<v1>", r"C:\\beir&lt;v1&gt;"),
        ("a  b_", r"a b\_"),
        ("*x*`|", r"\*x\*\`\|"),
    ],
)
def test_names_are_plain_on_the_terminal_and_escaped_on_the_page(name, escaped):
    found = result()
    found = replace(
        found,
        model=replace(found.model, id=name),
        collection=replace(found.collection, id=name),
    )
    model, collection = measured_on(found).splitlines()
    assert model.startswith(f"Model {name} at 0123456789ab (weights ")
    assert collection.startswith(f"Collection {name}: 49,036 documents, ")
    page = markdown(found, ())
    assert f"\nModel {escaped} at 0123456789ab (weights " in page
    assert f"\nCollection {escaped}: 49,036 documents, " in page


def test_a_name_of_several_lines_is_one_line():
    found = result(model=replace(result().model, id="a\nb\u2028c", revision="x\ny"))
    assert measured_on(found).splitlines()[0].startswith("Model a b c at x y (weights ")
    assert len(measured_on(found).splitlines()) == 2


def test_the_table_for_a_terminal():
    lines = comparison_table(compared()).splitlines()
    assert lines[0].split() == ["measure", "measured", "published", "delta", "verdict"]
    assert lines[2].split() == ["ndcg@10", "0.7457", "0.7457", "+4.2e-06", "match"]


def test_scores_alone():
    assert scores_table({"ndcg@10": 2 / 3}).splitlines()[2].split() == ["ndcg@10", "0.666667"]


def test_the_table_for_a_spreadsheet_is_at_full_precision():
    rows = list(csv.DictReader(io.StringIO(comparison_csv(compared()))))
    assert [row["verdict"] for row in rows] == [str(c.verdict) for c in compared()]
    assert rows[0]["measured"] == "0.7457042059559617"
    assert rows[0]["published"] == "0.7457"
    assert rows[1]["unit"] == "percent"
    assert rows[2]["because"] == "ties"
    assert float(rows[0]["delta"]) == 0.7457042059559617 - 0.7457
    assert (rows[3]["measured"], rows[3]["delta"]) == ("", "")
    assert (rows[5]["published"], rows[5]["source"]) == ("", "")


HOSTILE = "<script>alert(1)</script> | `x` *b* [a](javascript:x)\n\n# h _i_ & \\"


def test_hostile_names_stay_text_on_one_line():
    published = replace(EXPERIMENT.published, note=HOSTILE)
    experiment = replace(EXPERIMENT, title=HOSTILE, published=published)
    found = whole()
    found = replace(
        found,
        model=replace(found.model, id=HOSTILE, revision=HOSTILE),
        collection=replace(found.collection, id=HOSTILE, facts=(HOSTILE,)),
        examples=(ExampleOutcome(HOSTILE, False, HOSTILE),),
        alarms=(HOSTILE,),
        scores=SCORES | {HOSTILE: 0.5},
        claims=experiment.claims,
    )
    page = markdown(found, compared(found, experiment))
    assert "<script" not in page
    assert "[a](" not in page
    assert len(page.splitlines()) == len(PAGE.splitlines())  # one row more, one example less
    rows = [line for line in page.splitlines() if line.startswith("|")]
    for row in rows:
        assert row.replace("\\|", "").count("|") == 6


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("dot_ndcg@10", "dot_ndcg@10"),
        ("corpus_active_dims", "corpus_active_dims"),
        ("_a_", "\\_a\\_"),
        ("a  b\r\n\tc", "a b c"),
        ("a|b", "a\\|b"),
        ("&lt;", "&amp;lt;"),
        ("\\", "\\\\"),
    ],
)
def test_escaping(text, shown):
    assert inert.markdown(text) == shown


# files


def test_everything_is_written(tmp_path):
    folder = tmp_path / "a" / "results"
    path = write_all(folder, whole(), compared(whole()), RUN, RANKED)
    assert path == folder / "an-experiment.json"
    assert sorted(p.name for p in folder.iterdir()) == [
        "an-experiment.csv",
        "an-experiment.json",
        "an-experiment.md",
        "an-experiment.per-query.csv",
        "an-experiment.run.gz",
    ]
    assert read_result(path) == whole()
    assert (folder / "an-experiment.md").read_text() == marked(PAGE)
    lines = gzip.decompress((folder / "an-experiment.run.gz").read_bytes()).decode().splitlines()
    assert lines == [
        "q1 Q0 d1 1 2.5 harness",
        "q1 Q0 d2 2 1.0 harness",
        "q2 Q0 d2 1 0.1 harness",
    ]


def test_scores_of_each_query():
    assert per_query_csv(RANKED) == "query_id,mrr@10,recall@1\nq1,0.5,0.0\nq2,1.0,1.0\n"


def test_what_could_be_markup_in_a_csv_is_quoted_and_comes_back():
    source = 'a card, "the second",\nline 3'
    claims = [read("ndcg@10", "0.7457", source), read("mrr@10", "34.1", "x", "percent")]
    rows = compare({"dot_ndcg@10": 0.7457042059559617, "avg_flops": 0.5}, claims)
    (head, *lines) = csv.reader(io.StringIO(comparison_csv(rows)))
    sources = [dict(zip(head, line, strict=True))["source"] for line in lines]
    assert [inert.csv_text(cell) for cell in sources] == [source, "x", ""]
    assert lines[0][:6] == [
        *("ndcg@10", "0.7457042059559617", "0.7457", "fraction"),
        *(repr(0.7457042059559617 - 0.7457), "match"),
    ]
    assert lines[1][:6] == ["mrr@10", "", "34.1", "percent", "", "unmeasured"]
    assert lines[2][:6] == ["avg_flops", "0.5", "", "", "", "unpublished"]


def test_tables_and_csv_are_those_of_pandas_to_the_byte():
    """They were printed by way of a DataFrame before, which cost 0.3 s at each start."""
    rows = compare({"dot_ndcg@10": 0.7457, "dot_mrr@10": 0.5}, [read("ndcg@10", "0.7457", "a, b")])
    (head, *cells) = csv.reader(io.StringIO(comparison_csv(rows)))
    table = frame(dict(zip(head, line, strict=True)) for line in cells)
    assert table.to_csv(index=False, lineterminator="\n") == comparison_csv(rows)
    shown = [{"measure": "dot|x", "measured": "0.1"}, {"measure": "<b>", "verdict": "off"}]
    for style, form in (("table", "simple"), ("markdown", "pipe")):
        safe = inert.markdown if style == "markdown" else str
        columns = ("measure", "measured", "verdict")
        table = frame({c: safe(row.get(c, "")) for c in columns} for row in shown)
        assert as_text(shown, columns, style) == table.to_markdown(
            index=False,
            tablefmt=form,
            disable_numparse=True,
            colalign=("left", "right", "left"),
        )


def test_a_frame_is_a_dataframe_of_the_rows():
    table = frame([{"measure": "ndcg@10", "measured": 0.5}, {"measure": "mrr@10"}])
    assert list(table.columns) == ["measure", "measured"]
    assert table["measured"].tolist()[0] == 0.5
    assert table["measured"].isna().tolist() == [False, True]


def test_equal_runs_are_equal_bytes():
    assert compressed_run(RUN) == compressed_run(replace(RUN, scores=RUN.scores.copy()))
    assert compressed_run(RUN)[4:8] == bytes(4)  # where gzip writes the time
    moved = replace(RUN, scores=np.nextafter(RUN.scores, 9))
    assert compressed_run(RUN) != compressed_run(moved)


def test_a_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnreachableError, match="cannot be made"):
        write_all(tmp_path / "file" / "x", whole(), (), RUN, RANKED)


# the overview


def test_the_overview_has_a_line_for_each_result(tmp_path):
    claims = open_experiment(DEFAULT).claims
    scores = {claim.measure: claim.value for claim in claims.published}
    write_result(result(name=DEFAULT, scores=scores, claims=claims), tmp_path / f"{DEFAULT}.json")
    write_result(result(name="mine"), tmp_path / "mine.json")
    write_result(replace(whole(), name="own"), tmp_path / "own.json")
    text = write_overview(tmp_path).read_text()
    rows = [line for line in text.splitlines() if line[:6] in {"| crow", "| mine", "| own "}]
    assert [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows] == [
        [DEFAULT, "49,036", "5,000", "0.5830", "0.7774", "23.1 / 284.7", "holds: 20 of 20"],
        ["mine", "49,036", "5,000", "0.7457", "0.6749", "22.6 / 174.9", "nothing published"],
        ["own", "49,036", "5,000", "0.7457", "0.6749", "22.6 / 174.9", "OFF: 3 of 5"],
    ]
    assert "10.8 s, 1.5 GB, on a machine (2026-11-23)" in text
    # The pages are written again, those of somebody's own experiment too.
    assert "20 of 20 published numbers match" in (tmp_path / f"{DEFAULT}.md").read_text()
    assert (tmp_path / "own.md").read_text() == marked(PAGE)
    assert "nothing is published" in (tmp_path / "mine.md").read_text()
    # What is not there is not linked to.
    assert "- own: [page](own.md), [table](own.csv), [result](own.json)\n" in text


def test_the_overview_shows_a_number_that_is_off(tmp_path):
    claims = open_experiment(DEFAULT).claims
    scores = {claim.measure: claim.value for claim in claims.published}
    scores["dot_ndcg@10"] += 0.002
    write_result(result(name=DEFAULT, scores=scores, claims=claims), tmp_path / f"{DEFAULT}.json")
    assert "OFF: 19 of 20" in write_overview(tmp_path).read_text()


def test_the_overview_shows_an_example_that_is_not_reproduced(tmp_path):
    claims = open_experiment(DEFAULT).claims
    scores = {claim.measure: claim.value for claim in claims.published}
    examples = (ExampleOutcome("the README", False, "1.0 is not 2.0"),)
    given = result(name=DEFAULT, scores=scores, claims=claims, examples=examples)
    write_result(given, tmp_path / f"{DEFAULT}.json")
    assert "OFF: 20 of 20" in write_overview(tmp_path).read_text()
    assert "does NOT hold" in (tmp_path / f"{DEFAULT}.md").read_text()


def test_the_overview_is_the_same_when_written_again(tmp_path):
    write_result(result(name="mine"), tmp_path / "mine.json")
    first = write_overview(tmp_path).read_bytes()
    assert write_overview(tmp_path).read_bytes() == first


def test_no_results_and_damaged_ones(tmp_path):
    with pytest.raises(InputError, match="no results in"):
        write_overview(tmp_path)
    write_result(result(), tmp_path / "good.json")
    (tmp_path / "bad.json").write_text(json.dumps({"schema": 1}))
    with pytest.raises(InputError, match=r"bad\.json"):
        write_overview(tmp_path)
    assert not (tmp_path / "README.md").exists()


def test_a_name_inside_a_result_opens_and_writes_no_file(tmp_path):
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text('name = "x"\n[model]\nid = "a/b"\n[collection]\nid = "sampler"\n')
    folder = tmp_path / "results"
    folder.mkdir()
    write_result(result(name=str(elsewhere)), folder / "mine.json")
    write_overview(folder)
    assert sorted(p.name for p in folder.iterdir()) == [
        "README.md", "mine.csv", "mine.json", "mine.md",
    ]  # fmt: skip
    assert sorted(p.name for p in tmp_path.iterdir()) == ["elsewhere.toml", "results"]


def test_what_float32_leaves_open_is_shown_and_the_two_kinds_of_close_are_told_apart():
    low = SCORES["dot_ndcg@10"] - 0.001
    near = Interval(low, SCORES["dot_ndcg@10"], "near-ties of query q|1 (documents a, b)")
    claims = replace(EXPERIMENT.claims, published=(read("ndcg@10", "0.7450", "the card"),))
    found = result(claims=claims, intervals={"dot_ndcg@10": near})
    page = markdown(found, found.comparisons)
    assert "| -1.0e-03 +0.0e+00 |" in page
    assert "near-ties of query q\\|1 (documents a, b)" in page
    assert "0 of 1 published numbers match, 1 within what float32 leaves open, 0 off" in page
    line = next(csv.DictReader(io.StringIO(comparison_csv(found.comparisons))))
    assert (float(line["low"]), float(line["high"])) == (near.low, near.high)
    assert "float32" not in comparison_table(replace(found, intervals=None).comparisons)


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=4))
def test_a_row_is_a_line_whatever_its_cells_hold(cells):
    """A newline in a key made a row of its own, with a verdict of its own."""
    rows = [{"measure": measure, "verdict": verdict} for measure, verdict in cells]
    for style in ("table", "markdown"):
        lines = as_text(rows, ("measure", "verdict"), style).split("\n")
        assert len(lines) == len(rows) + 2
        assert all(letter.isprintable() for line in lines for letter in line)
    for line, told in zip(lines[2:], cells, strict=True):
        shown = [cell.strip() for cell in re.split(r"(?<!\\)(?:\\\\)*\|", line)[1:-1]]
        assert shown == [inert.markdown(text) for text in told]
