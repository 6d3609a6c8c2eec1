"""What pipelines read, read back by code that is none of ours, and by the rules of its readers."""

import json
import os
import re
import unicodedata
from xml.etree import ElementTree as ET

import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import InputError, UnreachableError
from harness.report.pipeline_files import (
    append_summary,
    check_report_path,
    remove_report,
    write_report,
)
from harness.report.pipelines import (
    LineState,
    PipelineLine,
    PipelineReport,
    annotations,
    code_quality,
    junit,
    states,
    summary,
)
from tests.support.junit_rules import check_junit
from tests.support.runner_commands import command_of

HELD = PipelineLine("mine", "ndcg@10", LineState.HELD)
BROKEN = PipelineLine(
    "mine", "budget of mrr@10", LineState.BROKEN, "0.1 is measured, 0.2 is allowed"
)
OPEN = PipelineLine(
    "mine", "budget of documents_per_second", LineState.OPEN, "no reference was measured"
)

HOSTILE = {
    "control characters": "a\x00b\x07\x1b[31mc\x9bd\x7f\ufffe\uffff",
    "a command": "::error file=x::forged",
    "a command after a line end": "x\n::error::forged\r\n::add-mask::e\r::stop-commands::t",
    "an old command": "x ##[add-mask]e ##[error]forged",
    "line ends of Unicode": "a\u2028::error::b\u2029c\x85d\x0be\x0cf",
    "markup": "</failure></testcase><script>alert(1)</script> ]]> <!-- & &amp; \"'",
    "markdown": "[x](javascript:alert(1)) ![y](z) `c` **d** | e\n# f\n```",
    "right to left": "\u202egnp.exe \u2066a\u2069\u200f",
    "half a pair": "\ud800 and \udfff",
    "commands' own escapes": "50% of a,b:c %0A::error::x %3A%2C%25",
    "100 kB": "x::error::" * 10_000,
    "nothing": "",
}


def report(*answers, lines=("mine: holds.",), file="my.toml"):
    broken = any(answer.state is LineState.BROKEN for answer in answers)
    return PipelineReport(answers, tuple(lines), file, holds=not broken)


def everything(text):
    """A report that holds a text at each of its places, in each state."""
    answers = [PipelineLine(text, f"{text}{state}", state, text) for state in LineState]
    return report(
        *answers, PipelineLine("", text, LineState.BROKEN, ""), lines=[text] * 5, file=text
    )


def unseen(text):
    """Characters that a terminal obeys, that turn text, or that nobody sees."""
    kinds = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
    return {one for one in text if unicodedata.category(one) in kinds and one != "\n"}


# JUnit


def test_a_consumer_reads_every_case_with_its_state_and_reason(tmp_path):
    path = tmp_path / "junit.xml"
    other = PipelineLine(
        "another", "ndcg@10", LineState.BROKEN, "0.4 is measured, and 0.5 is published"
    )
    write_report(path, junit(report(HELD, BROKEN, OPEN, other)))
    read = junitparser.JUnitXml.fromfile(str(path))
    assert (read.tests, read.failures, read.errors) == (4, 2, 0)
    suites = {suite.name: suite for suite in read}
    assert list(suites) == ["mine", "another"]
    mine, alone = suites["mine"], suites["another"]
    assert (mine.tests, mine.failures, mine.skipped, mine.errors) == (3, 1, 1, 0)
    assert (alone.tests, alone.failures, alone.skipped) == (1, 1, 0)
    held, broken, skipped = mine
    assert (held.classname, held.name, held.result) == ("harness.mine", "ndcg@10", [])
    assert isinstance(broken.result[0], junitparser.Failure)
    assert broken.result[0].message == BROKEN.sentence == broken.result[0].text
    assert isinstance(skipped.result[0], junitparser.Skipped)
    assert skipped.result[0].message == OPEN.sentence
    assert next(iter(alone)).result[0].message == other.sentence


def test_a_report_keeps_the_rules_of_the_schema():
    check_junit(junit(report(HELD, BROKEN, OPEN)))
    check_junit(junit(report()))


def test_the_rules_find_what_the_schema_forbids():
    good = junit(report(HELD, BROKEN, OPEN))
    for old, new in (
        ('tests="3"', 'tests="2"'),
        ("classname=", "class="),
        ("<failure", "<failed"),
        ('name="mine"', ""),
        ('failures="1"', 'failures="0"'),
        ('name="budget of mrr@10"', 'name="ndcg@10"'),
    ):
        assert old in good
        spoiled = good.replace(old, new).replace("</failure", "</failed" * (new == "<failed"))
        with pytest.raises((AssertionError, ET.ParseError)):
            check_junit(spoiled)


def test_two_answers_of_one_name_are_told_apart_in_every_format():
    twice = report(
        BROKEN, BROKEN, PipelineLine("mine", f"{BROKEN.name} (2)", LineState.BROKEN, "third")
    )
    names = [case.get("name") for case in check_junit(junit(twice)).iter("testcase")]
    assert names == [BROKEN.name, f"{BROKEN.name} (2)", f"{BROKEN.name} (2) (2)"]
    found = json.loads(code_quality(twice))
    assert len({one["fingerprint"] for one in found}) == 3


def test_names_that_differ_where_they_are_cut_are_told_apart():
    long = [
        PipelineLine("g", "a" * 5_000 + middle + "z" * 5_000, LineState.BROKEN, "x")
        for middle in "bc"
    ]
    assert len(list(check_junit(junit(report(*long))).iter("testcase"))) == 2
    assert len({one["fingerprint"] for one in json.loads(code_quality(report(*long)))}) == 2


# GitLab


def test_code_quality_has_what_gitlab_reads_of_each_broken_answer():
    found = json.loads(code_quality(report(HELD, BROKEN, OPEN, file="./experiments/my.toml")))
    (one,) = found
    assert one["description"] == "mine, budget of mrr@10: 0.1 is measured, 0.2 is allowed"
    assert one["check_name"] == "harness/budget of mrr@10"
    assert one["severity"] in {"info", "minor", "major", "critical", "blocker"}
    assert one["location"] == {"path": "experiments/my.toml", "lines": {"begin": 1}}
    assert re.fullmatch("[0-9a-f]{64}", one["fingerprint"])


def test_a_fingerprint_is_of_the_question_and_not_of_the_day():
    later = PipelineLine(
        BROKEN.group, BROKEN.name, LineState.BROKEN, "0.15 is measured, 0.2 is allowed"
    )
    before, after = (json.loads(code_quality(report(one)))[0] for one in (BROKEN, later))
    assert before["fingerprint"] == after["fingerprint"]
    assert before["description"] != after["description"]


# GitHub


def test_a_broken_answer_is_an_error_at_the_file_and_an_open_one_a_warning():
    error, warning = map(command_of, annotations(report(HELD, BROKEN, OPEN)))
    at = {"file": "my.toml", "title": "mine: budget of mrr@10"}
    assert error == ("error", at, BROKEN.sentence)
    assert warning[0] == "warning"
    assert warning[2] == OPEN.sentence


def test_what_commands_are_made_of_is_escaped_as_the_toolkit_does():
    told = PipelineLine("a:b", "c,d", LineState.BROKEN, "100 % of a:b, c\nd\re")
    (line,) = annotations(report(told, file="x,y:z%.toml"))
    assert line == ("::error file=x%2Cy%3Az%25.toml,title=a%3Ab%3A c%2Cd::100 %25 of a:b, c d e")
    assert command_of(line) == (
        "error",
        {"file": "x,y:z%.toml", "title": "a:b: c,d"},
        "100 % of a:b, c d e",
    )


@pytest.mark.parametrize(("broken", "more"), [(9, 0), (10, 0), (11, 2), (2_000, 1_991)])
def test_github_shows_ten_errors_and_the_last_says_how_many_more(broken, more):
    many = [PipelineLine("g", f"m{n}", LineState.BROKEN, "off") for n in range(broken)]
    found = [command_of(line) for line in annotations(report(*many))]
    assert len(found) == min(broken, 10)
    named = [properties["title"] for _, properties, _ in found]
    if more:
        assert named[-1] == f"g: {more:,} more"
        assert named[:-1] == [f"g: m{n}" for n in range(9)]
    else:
        assert named == [f"g: m{n}" for n in range(broken)]


def test_a_summary_is_a_list_of_five_lines_at_most():
    assert summary(report(lines=["a", "b"])) == "- a\n- b\n"
    assert summary(report(lines=map(str, range(9)))).count("\n") == 5


# all four


def test_a_green_report_accuses_nobody():
    green = report(HELD)
    assert json.loads(code_quality(green)) == []
    assert annotations(green) == ()
    assert check_junit(junit(green)).get("failures") == "0"


def test_what_cannot_be_judged_is_passed_in_silence_nowhere():
    some = report(HELD, OPEN)
    assert OPEN.sentence in junit(some)
    assert "skipped" in junit(some)
    assert OPEN.sentence in annotations(some)[0]
    assert states(some.answers) == "1 held, 1 not judged"
    assert states(()) == "nothing judged"


def harmless(hostile):
    """Assert that a text does nothing in any of the four formats."""
    whole = everything(hostile)
    xml, quality, page = junit(whole), code_quality(whole), summary(whole)
    commands = annotations(whole)
    for text in (xml, quality, page, *commands):
        assert unseen(text) == set()
        assert len(text) < 40_000
        text.encode()
    root = check_junit(xml)
    assert len(list(root.iter("testcase"))) == 4
    assert len(list(junitparser.JUnitXml.fromstring(xml.encode()))) == len(root)
    assert len(json.loads(quality)) == 2
    # One command a line, of the kind that was meant: the runner obeys nothing of the text.
    assert [command_of(line)[0] for line in commands] == ["error", "error", "warning"]
    assert all(
        "\n" not in line and set(command_of(line)[1]) <= {"file", "title"} for line in commands
    )
    assert page.count("\n") == 5
    assert all(line.startswith("- ") for line in page.splitlines())
    assert "<" not in page
    assert not re.search(r"(?<!\\)[\[\]`|]", page)


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_inert_in_all_four_formats(hostile):
    harmless(hostile)


@given(st.text(max_size=60), st.sampled_from([*HOSTILE.values()]))
def test_any_text_is_inert_in_all_four_formats(text, hostile):
    harmless(f"{text}{hostile[:60]}")


# files


@pytest.mark.parametrize(
    "content",
    [
        '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="pytest tests">'
        '<testsuite name="harness"/></testsuites>',
        '<testsuites name="harness"/>',
        '[{"check_name": "rubocop", "description": "harness/x"}]',
        '{"check_name": "harness/x"}',
        '[{"check_name": "harness/x"}, 3]',
        "# notes about harness/",
        "\x00",
    ],
)
def test_a_file_of_others_is_never_replaced(tmp_path, content):
    path = tmp_path / "report"
    path.write_text(content)
    for act in (lambda: check_report_path(path), lambda: write_report(path, junit(report()))):
        with pytest.raises(InputError, match="no report of harness"):
            act()
    assert path.read_text() == content


def test_a_report_of_ours_is_replaced_and_an_empty_file_too(tmp_path):
    path = tmp_path / "report"
    for first in ("", "\n", *(make(report(HELD, BROKEN)) for make in (junit, code_quality))):
        path.write_text(first)
        write_report(path, junit(report(HELD)))
        check_junit(path.read_text())
    for second in (junit, code_quality):
        write_report(path, second(report()))  # nothing was judged: the shortest there is
        check_report_path(path)


def test_neither_a_folder_nor_what_is_no_file_is_written_to(tmp_path):
    with pytest.raises(InputError, match="no report of harness"):
        check_report_path(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError):
        check_report_path(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="named pipe"):
        check_report_path(tmp_path / "pipe")


def test_a_folder_is_made_and_one_that_cannot_be_is_refused_before(tmp_path):
    path = tmp_path / "reports" / "today" / "junit.xml"
    check_report_path(path)
    assert not (tmp_path / "reports").exists()
    write_report(path, junit(report(HELD)))
    check_junit(path.read_text())
    (tmp_path / "file").write_text("")
    with pytest.raises(UnreachableError, match="cannot be made"):
        check_report_path(tmp_path / "file" / "junit.xml")


def test_an_earlier_report_is_removed_through_a_link_that_stays(tmp_path):
    path, link = tmp_path / "junit.xml", tmp_path / "link.xml"
    write_report(path, junit(report(HELD)))
    link.symlink_to(path)
    remove_report(link)
    assert link.is_symlink()
    assert not path.exists()
    remove_report(path)


def test_a_summary_is_added_to_what_other_steps_said(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("# Tests\n")
    append_summary(path, summary(report(lines=["ü: holds."])))
    assert path.read_bytes() == "# Tests\n- ü: holds.\n".encode()
    with pytest.raises(UnreachableError, match="GITHUB_STEP_SUMMARY"):
        append_summary(tmp_path, "x")
    with pytest.raises(UnreachableError, match="GITHUB_STEP_SUMMARY"):
        append_summary(tmp_path / "no" / "summary.md", "x")
