"""Foreign text made inert: nothing that acts is left, and nothing that was said is lost."""

import ast
import csv as csv_module
import html as html_module
import io
import json
import re
import tomllib
import unicodedata
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.system import inert
from tests.support.runner_commands import command_of

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b31m",  # the one-byte CSI of C1
    "\u202egnp.exe\u202c",
    "\u2066isolated\u2069",
    "zero\u200bwidth\u200d\ufeff\u2060",
    "a\nmatch",
    "a\r\nb\rc\u2028d\u2029e\x85f\x0bg\x0ch",
    "half \ud800 pair \udfff",
    "\u3164\u115f\u2800filler",
    "tag\U000e0041\U000e0101",
    "nul\0",
    "\x7f",
)
ANY = st.text(st.characters(exclude_categories=()))
ACTING = st.text(
    alphabet="\\uU0aF1'=+-@\t\r\n\x1b\u202e\ud800\U000e0101\U0001f600 |*_`[]<>&#.~$!();"
)
TEXT = st.one_of(ANY, ACTING, st.sampled_from(HOSTILE))


def acts(text):
    """Characters that no medium may hold raw, by Unicode's own categories: white space is none of
    ours but the space."""
    return [
        letter
        for letter in text
        if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        or (letter.isspace() and letter != " ")
    ]


@given(TEXT, st.integers(12, 80))
def test_a_line_is_one_and_bounded(text, most):
    for shown in (inert.line(text, most), inert.sentence(text, most)):
        assert acts(shown) == []
        assert len(shown) <= most


@given(TEXT)
def test_what_is_shown_is_shown_again_as_it_is(text):
    once = inert.line(text)
    assert inert.line(once) == once
    assert inert.block(once) == once


@given(st.text(st.characters(categories=["L", "N", "P", "S"])), st.integers(20, 50))
def test_a_harmless_text_stays_what_it_was_and_a_long_one_keeps_its_ends(text, most):
    assume(not acts(text))
    shown = inert.line(text, None)
    assert shown == "".join(one if inert.is_safe(one) else ascii(one)[1:-1] for one in text)
    long = "start " + "x" * 200 + " end"
    cut = inert.line(long, most)
    assert cut.startswith("start ")
    assert cut.endswith(" end")
    assert " ... " in cut
    assert len(cut) == most


def test_200_megabytes_are_a_line():
    assert len(inert.sentence("\x1b" * 200_000_000)) <= inert.MOST


@pytest.mark.parametrize("text", HOSTILE)
def test_what_acts_is_named_or_a_space(text):
    shown = inert.line(text)
    assert acts(shown) == []
    for letter in set(acts(text)):
        if not letter.isspace():
            assert ascii(letter)[1:-1] in shown


def test_lines_of_a_block_stay_lines():
    assert inert.block("a\tb\n\x1bc\n\n d") == "a b\n\\x1bc\n\n d"


def test_ampersands_are_ampersands_on_a_terminal():
    assert inert.line("R&D <b>") == "R&D <b>"
    assert inert.sentence("R&D\n <b>") == "R&D <b>"


# JSON and TOML


@given(st.recursive(TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)))
def test_json_has_nothing_raw_and_reads_back_the_same(value):
    for options in ({}, {"indent": 2}):
        written = inert.json(value, **options)
        assert acts(written.replace("\n", "") if options else written) == []
        assert json.loads(written) == value


def test_json_stays_readable():
    assert inert.json({"a": "Ünïcode 漢字 <&>"}) == '{"a": "Ünïcode 漢字 <&>"}'
    assert inert.json("\x9b\u202e\U000e0041") == '"\\u009b\\u202e\\udb40\\udc41"'


@given(TEXT.filter(lambda text: not re.search("[\ud800-\udfff]", text)))
def test_toml_has_nothing_raw_and_reads_back_the_same(text):
    written = inert.toml(text)
    assert acts(written) == []
    assert tomllib.loads(f"a = {written}") == {"a": text}


# CSV


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_csv_has_no_control_and_no_formula_and_reads_back_the_same(texts):
    file = io.StringIO()
    csv_module.writer(file, lineterminator="\n").writerow(map(inert.csv_cell, texts))
    written = file.getvalue()
    assert acts(written.removesuffix("\n")) == []
    (cells,) = csv_module.reader(io.StringIO(written))
    assert [inert.csv_text(cell) for cell in cells] == texts
    for cell in cells:
        if cell[:1] in "=+-@" and cell:
            float(cell)  # a number and nothing else


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("+1-2", "'+1-2"),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),
        ("-0.25", "-0.25"),
        ("+1.5e-06", "+1.5e-06"),
        ("q1", "q1"),
        ("'quoted'", "'quoted'"),
        ("a\\b", "a\\b"),
        ("\t=1", "\\u0009=1"),
        ("C:\\users", "C:\\\\users"),
        ("", ""),
    ],
)
def test_a_formula_has_an_apostrophe_before_it(text, cell):
    assert inert.csv_cell(text) == cell
    assert inert.csv_text(cell) == text


# markdown and HTML


def unescaped(source):
    """What CommonMark shows of a text whose only markup is backslash escapes and entities."""
    return html_module.unescape(re.sub(r"\\([!-/:-@[-`{-~])", r"\1", source))


@given(TEXT)
def test_markdown_shows_the_text_and_holds_no_markup(text):
    source = inert.markdown(text)
    assert acts(source) == []
    assert unescaped(source) == " ".join(inert.line(text, None).split())
    bare = re.sub(r"\\[!-/:-@[-`{-~]", "", source)  # what is left when the escaped is gone
    assert not set("|`*~$[]<>\\") & set(bare)
    assert not re.search(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", source.replace("\\_", ""))
    assert not re.search(r"&(?!amp;|lt;|gt;)", source)
    assert not re.match(r"#{1,6}( |$)|[-+]( |$)|\d+[.)]( |$)|[-=]{2,}$", source)
    assert not re.search(r"(^| )#+$", source)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("a|b", "a\\|b"),
        ("[x](javascript:y)", "\\[x\\](javascript:y)"),
        ("<script>", "&lt;script&gt;"),
        ("R&D", "R&amp;D"),
        ("a\n# b", "a # b"),
        ("# b", "\\# b"),
        ("1. b", "1\\. b"),
        ("- b", "\\- b"),
        ("-0.5", "-0.5"),
        ("+1.2e-05", "+1.2e-05"),
        ("---", "\\---"),
        ("```", "\\`\\`\\`"),
        ("dot_ndcg@10", "dot_ndcg@10"),
        ("_a_", "\\_a\\_"),
        ("~~a~~ $x$", "\\~\\~a\\~\\~ \\$x\\$"),
    ],
)
def test_markup_of_each_kind(text, source):
    assert inert.markdown(text) == source


class Text(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_data(self, data):
        self.text += data


@given(TEXT)
def test_html_shows_the_text_in_an_element_and_an_attribute(text):
    shown = inert.html(text)
    assert acts(shown) == []
    parser = Text()
    parser.feed(f'<p title="{shown}">{shown}</p>')
    parser.close()
    told = inert.line(text, None)
    assert (parser.tags, parser.text) == ([("p", [("title", told)])], told)


@given(TEXT)
def test_the_name_of_a_file_is_one_target_of_a_link(name):
    assume(not re.search("[\ud800-\udfff]", name))
    target = inert.link_target(name)
    assert re.fullmatch(r"[A-Za-z0-9/._~+%-]*", target)
    assert unquote(target) == name


def test_a_name_that_is_kept_has_no_character_that_acts():
    assert inert.replaced("a\x1b\u202eb\u3164c", 4) == "a\ufffd\ufffdb"


# a log


@pytest.mark.parametrize(
    "text",
    [
        "::error::x",
        "  ::add-mask::x",
        "::stop-commands::x",
        "a ##[error]x",
        "##[add-mask]x",
        "###[error]x ##[group]y",
        "::error::x ##[error]y",
        ":::error::x",
    ],
)
def test_a_runner_finds_no_command_in_a_line_of_a_log(text):
    assert command_of(text) is not None or text == ":::error::x"
    assert command_of(inert.log_line(text)) is None
    assert ast.literal_eval(f'"{inert.log_line(text)}"') == text


@given(st.text("::## []errowanigdmk-,=x", max_size=40))
def test_no_text_of_the_signs_of_commands_becomes_one(text):
    assert command_of(inert.log_line(text)) is None


@pytest.mark.parametrize("text", ["a::b", "## a [b]", ": x", "C::D ::error::", ""])
def test_a_harmless_line_of_a_log_stays_as_it_is(text):
    assert inert.log_line(text) == text
