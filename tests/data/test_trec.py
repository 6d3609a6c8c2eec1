import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data.qrels import Judgement
from harness.data.run import Run
from harness.data.trec import read_qrels, read_run, write_run
from harness.errors import InputError, UnreachableError

column = st.text(st.characters(codec="utf-8", exclude_characters=" \t\n\r\v\f\0"), min_size=1)
finite = st.floats(allow_nan=False, allow_infinity=False)
runs = st.dictionaries(column, st.dictionaries(column, finite, min_size=1), min_size=1)


@given(column, runs, st.sampled_from(["r.trec", "r.trec.gz"]))
def test_what_is_written_is_read_again_to_the_last_bit(tmp_path_factory, tag, rankings, name):
    path = tmp_path_factory.mktemp("run") / name
    run = Run.from_rankings(tag, {q: docs.items() for q, docs in rankings.items()})
    write_run(run, path)
    again = read_run(path)
    assert (again.tag, again.query_ids, again.doc_ids) == (tag, run.query_ids, run.doc_ids)
    assert again.offsets.tolist() == run.offsets.tolist()
    assert again.scores.tobytes() == run.scores.tobytes()
    assert path.read_bytes().startswith(b"\x1f\x8b") == name.endswith(".gz")


def test_a_run_is_written_in_trec_columns():
    stream = io.StringIO()
    write_run(
        Run.from_rankings("me", {"1": [("a", 0.1), ("b", 1e-9)], "2": [], "3": [("c", 2)]}), stream
    )
    assert stream.getvalue() == "1 Q0 a 1 0.1 me\n1 Q0 b 2 1e-09 me\n3 Q0 c 1 2.0 me\n"


def test_a_gzipped_run_holds_no_time(tmp_path):
    write_run(Run.from_rankings("me", {"1": [("a", 0.1)]}), tmp_path / "run.gz")
    assert (tmp_path / "run.gz").read_bytes()[4:8] == bytes(4)


@pytest.mark.parametrize(
    ("what", "run"),
    [
        ("tag ''", Run.from_rankings("", {"1": [("a", 1.0)]})),
        ("tag 'a b'", Run.from_rankings("a b", {"1": [("a", 1.0)]})),
        (r"document id '\\ud800'", Run.from_rankings("t", {"1": [("\ud800", 1.0)]})),
    ],
)
def test_what_would_not_be_read_again_is_not_written(tmp_path, what, run):
    with pytest.raises(InputError, match=f"cannot hold the {what}"):
        write_run(run, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def write(path, content, zipped=False):
    raw = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(raw) if zipped else raw)
    return path


@pytest.mark.parametrize("zipped", [False, True])
def test_runs_of_other_tools_are_read(tmp_path, zipped):
    content = (
        # a byte order mark, tabs, several spaces, CRLF, and an id that holds a no-break space
        "\ufeffq2\tQ0\td\u00a01   7  1.5e0 tag\r\n"
        "q1 Q0 a 0 3 tag\n"
        "q2 Q0 b 0 -2 tag"  # back at an earlier query, and no line feed at the end
    )
    run = read_run(write(tmp_path / "plain-name", content, zipped))
    assert run.tag == "tag"
    assert list(run) == [("q2", (("d\u00a01", 1.5), ("b", -2.0))), ("q1", (("a", 3.0),))]


def test_a_run_larger_than_a_block_names_the_right_line(tmp_path):
    lines = [f"{n // 100} Q0 doc{n} {n % 100} {n}.25 tag\n" for n in range(20_000)]
    run = read_run(write(tmp_path / "run", "".join(lines)))
    assert len(run) == 200
    assert run["199"][-1] == ("doc19999", 19999.25)
    lines[15_000] = lines[15_000].replace(".25", ".x")
    with pytest.raises(InputError, match="line 15001: query '150' gives document 'doc15000'"):
        read_run(write(tmp_path / "run", "".join(lines)))


GOOD = "1 Q0 a 1 2.0 t\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        (GOOD + "1 Q0 b 2 1.0\n", "line 2: 5 columns where a run has 6"),
        (GOOD + "1 Q0 b 1.0 t\n2 Q0 c 1 1.0 t t\n", "line 2: 5 columns where a run has 6"),
        ("1 Q0 a 1 2.0 t x\n1 b 2 1.0 t\n", "line 1: 7 columns where a run has 6"),
        ("1 Q0 a 1 2.0 t x\n", "line 1: 7 columns where a run has 6"),
        ("\n# written by a tool\n \n", "comments or blank lines, and no ranking"),
        (GOOD + "\n#\n1 Q0 b 2 high t\n", "line 4: query '1' gives document 'b' the score"),
        ("#\n" + GOOD + "\n \n#1\n" + GOOD, "line 6: run 't': query '1' ranks document 'a' twice"),
        (GOOD + "x" * 1_100_000, "line 2: longer than the 1 MB"),
        (gzip.compress(GOOD.encode() + b" " * 2_000_000, mtime=0), "line 2: longer than the 1 MB"),
        (gzip.compress(b"\n" * 80_000_000, mtime=0), "200 times its size"),
        (GOOD.encode("utf-16"), "is UTF-16 text"),
        (gzip.compress(GOOD.encode("utf-16"), mtime=0), "is UTF-16 text"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "a Git LFS pointer"),
        (GOOD + "1 Q0 b 2 nan t\n", "line 2: query '1' gives document 'b' the score 'nan'"),
        (GOOD + "1 Q0 b 2 1e999 t\n", "line 2: query '1' gives document 'b' the score '1e999'"),
        (GOOD + "1 Q0 b 2 1_0 t\n", "line 2: query '1' gives document 'b' the score '1_0'"),
        (GOOD + "1 Q0 b 2 high t\n", "line 2: query '1' gives document 'b' the score 'high'"),
        (GOOD + "2 Q0 b 1 1.0 t\n" + GOOD, "line 3: run 't': query '1' ranks document 'a' twice"),
        (GOOD.encode() + b"1 Q0 \xff 2 1.0 t\n", "line 2: bytes that are no UTF-8"),
        (b"1 Q0 a 2 1.0 \xff\n", "line 1: bytes that are no UTF-8"),
        (gzip.compress(GOOD.encode() * 9, mtime=0)[:-9], "damaged after line"),
        (b"\x1f\x8b\x08" + b"x" * 50, "is a gzip file damaged after line 0"),
        (gzip.compress(GOOD.encode(), mtime=0) + b"rest", "is a gzip file damaged after line"),
    ],
)
def test_damaged_runs_are_refused_with_their_line(tmp_path, content, message):
    path = write(tmp_path / "run", content)
    with pytest.raises(InputError, match=message) as caught:
        read_run(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there_are_refused(tmp_path):
    for read in (read_run, read_qrels):
        with pytest.raises(InputError, match="nowhere is no file that can be read"):
            read(tmp_path / "nowhere")
        with pytest.raises(InputError, match="is no file that can be read"):
            read(tmp_path)


def test_a_file_that_the_disk_can_not_give_is_unreachable(tmp_path, monkeypatch):
    def failing(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.open", failing)
    with pytest.raises(UnreachableError, match="cannot be read: Permission denied"):
        read_run(tmp_path / "run")


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    "content",
    [
        "2 0 b 3\n1 0 a -1\n2\tQ0  c 0",
        "query-id\tcorpus-id\tscore\r\n2\tb\t3\r\n1\ta\t-1\r\n2\tc\t0\r\n",
        "\ufeffquery-id\tcorpus-id\tscore\n2\tb\t3\n1\ta\t-1\n2\tc\t0\n",
    ],
)
def test_qrels_are_read_from_both_formats(tmp_path, content, zipped):
    qrels = read_qrels(write(tmp_path / "qrels", content, zipped))
    assert dict(qrels.by_query) == {
        "2": (Judgement("b", 3), Judgement("c", 0)),
        "1": (Judgement("a", -1),),
    }
    assert list(qrels) == ["2", "1"]


def test_ids_of_a_beir_folder_may_hold_spaces(tmp_path):
    qrels = read_qrels(write(tmp_path / "q.tsv", "query-id\tcorpus-id\tscore\nq 1\ta b\t1\n"))
    assert qrels.relevant("q 1") == ("a b",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("query-id\tcorpus-id\tscore\n", "holds a header and no judgement"),
        ("1\ta\t1\n", "line 1: 3 columns where qrels have 4 .*BEIR file begins with the line"),
        ("1 0 a 1\n1 0 b\n", "line 2: 3 columns where qrels have 4"),
        ("\n#1 0 a 1\n", "comments or blank lines and no judgement"),
        ("1 0 a 1\n\n#\n1 0 b\n", "line 4: 3 columns where qrels have 4"),
        ("query-id\tcorpus-id\tscore\n1\t0\ta\t1\n", "line 2: 4 columns where qrels have 3"),
        ("query-id\tcorpus-id\tscore\n1\t\t1\n", "line 2: an empty column"),
        ("1 0 a 1.0\n", "line 1: the grade '1.0' of document 'a' for query '1' is no integer"),
        ("1 0 a 1_0\n", "line 1: the grade '1_0' of document 'a'"),
        ("1 0 a 99999999999999999999\n", "line 1: the grade '9+' of document 'a'"),
        (
            "1 0 a 1\n2 0 a 1\n1 0 a 2\n",
            "line 3: document 'a' is judged twice for query '1', first 1 and here 2",
        ),
        (b"1 0 \xe9 1\n", "line 1: bytes that are no UTF-8"),
    ],
)
def test_damaged_qrels_are_refused_with_their_line(tmp_path, content, message):
    path = write(tmp_path / "qrels", content)
    with pytest.raises(InputError, match=message) as caught:
        read_qrels(path)
    assert str(path) in str(caught.value)


HEADER = "# ir_metadata.start\n# platform:\n#   hardware: caf\u00e9\n# ir_metadata.end\n"


def test_comments_and_blank_lines_are_passed_over_and_a_header_is_kept(tmp_path):
    content = (
        f"\ufeff{HEADER}1 Q0 a 1 2.0 t\n\n#1 Q0 b 2 1.0 t\n  \r\n1 Q0 c 3 0.5 t\n"
        "# a comment of six words: end\n2 Q0 a#1 1 2.0 t\n\n"
    )
    run = read_run(write(tmp_path / "run", content))
    assert list(run) == [("1", (("a", 2.0), ("c", 0.5))), ("2", (("a#1", 2.0),))]
    assert run.comments == tuple(HEADER.splitlines())
    write_run(run, tmp_path / "again")
    assert (tmp_path / "again").read_text(encoding="utf-8").startswith(f"{HEADER}1 Q0 a 1 2.0 t\n")
    assert read_run(tmp_path / "again").comments == run.comments


def test_a_comment_in_a_later_block_is_passed_over_and_is_no_header(tmp_path):
    lines = [f"{n // 100} Q0 doc{n} {n % 100} {n}.25 tag\n" for n in range(20_000)]
    lines[15_000:15_000] = ["\n", "#\n"]
    run = read_run(write(tmp_path / "run", "".join(lines)))
    assert (len(run.doc_ids), run.comments) == (20_000, ())


def test_a_query_id_that_would_begin_a_comment_is_not_lost(tmp_path):
    run = Run.from_rankings("t", {"#1": [("a#", 1.0)], "2": [("#b", 0.5)]})
    write_run(run, tmp_path / "run")
    assert not [line for line in (tmp_path / "run").read_text().splitlines() if line[0] == "#"]
    assert list(read_run(tmp_path / "run")) == list(run)


def test_the_first_of_two_tags_is_the_runs(tmp_path):
    run = read_run(write(tmp_path / "run", "1 Q0 a 1 2.0 t\n2 Q0 b 1 1.0 u\n"))
    assert (run.tag, len(run)) == ("t", 2)


def test_a_judgement_that_is_repeated_counts_once(tmp_path):
    header = "query-id\tcorpus-id\tscore\n"
    for content in ("1 0 a 1\n\n# a\n1 0 a 1\n", f"{header}1\ta\t1\n\n1\ta\t1\n"):
        qrels = read_qrels(write(tmp_path / "qrels", content))
        assert dict(qrels.by_query) == {"1": (Judgement("a", 1),)}


def test_ids_are_shared_strings(tmp_path):
    run = read_run(write(tmp_path / "run", "1 Q0 long-id 1 2.0 t\n2 Q0 long-id 1 2.0 t\n"))
    assert run.doc_ids[0] is run.doc_ids[1]
