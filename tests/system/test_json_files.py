"""JSON and TOML of others: what no later step could use is refused at once, by one sentence."""

import time

import pytest

from harness.errors import InputError
from harness.experiment.spec import read_experiment
from harness.system.json_files import parse_toml, read_json

DEEP = {
    "lists": "[" * 100_000,
    "objects": '{"a":' * 100_000,
    "whole lists": "[" * 3_000 + "]" * 3_000,
    "fewer whole lists": "[" * 101 + "]" * 101,
    "whole objects": '{"a":' * 500 + "1" + "}" * 500,
}
NUMBERS = {
    "5,000 digits": ('{"a": %s}' % ("9" * 5_000), "a number of 5,000 digits"),
    "4,000 digits": ("[%s]" % ("9" * 4_000), "a number of 4,000 digits"),
    "a minus before 301 digits": ("-1" + "0" * 300, "a number of"),
    "more than a double holds": ('{"a": 1e999}', "1e999, which no double can hold"),
    "less than a double holds": ('{"a": -1e999}', "-1e999, which no double can hold"),
    "NaN": ('{"a": NaN}', "NaN, which is no number"),
    "infinity": ("[-Infinity]", "-Infinity, which is no number"),
}
HALVES = ('"\\ud800"', '{"\\uDfff": 1}', '["\\ude00\\ud83d"]')


@pytest.fixture
def refused(tmp_path):
    def call(text, said):
        path = tmp_path / "a.json"
        path.write_text(text)
        start = time.monotonic()
        with pytest.raises(InputError, match=said) as caught:
            read_json(path)
        assert time.monotonic() - start < 1
        assert str(path) in str(caught.value)
        assert len(str(caught.value)) < 300

    return call


@pytest.mark.parametrize("name", DEEP)
def test_deep_json_is_refused(refused, name):
    refused(DEEP[name], "nested too deeply")


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_that_nothing_holds_are_refused(refused, name):
    refused(*NUMBERS[name])


@pytest.mark.parametrize("text", HALVES)
def test_half_a_surrogate_pair_is_refused(refused, text):
    refused(text, "half a surrogate pair")


def test_what_json_may_hold_is_read(tmp_path):
    path = tmp_path / "a.json"
    numbers = "[1, -2.5e3, 1000000000000000019884624838656]"
    text = f'\ufeff{{"a": {numbers}, "b": "\\ud83d\\ude00 \\\\ud800"}}'
    path.write_text(text, encoding="utf-8")
    assert read_json(path) == {"a": [1, -2500.0, 10**30 + 19884624838656], "b": "😀 \\ud800"}
    path.write_text("[" * 100 + "]" * 100)
    assert read_json(path) is not None


TOML = {
    "a key of 50,000 parts": ".".join("a" * 50_000) + " = 1",
    "quoted parts": ".".join(["'a'", '"b"'] * 25_000) + " = 1",
    "parts with blanks": " . ".join("a" * 50_000) + " = 1",
    "a header of 50,000 parts": "[" + ".".join("a" * 50_000) + "]",
    "keys in an inline table": "a = {" + ".".join("a" * 50_000) + " = 1}",
    "deep lists": "a = " + "[" * 50_000,
    "whole deep lists": "a = " + "[" * 150 + "]" * 150,
    "deep tables": "a = " + "{a = " * 50_000,
    "5,000 digits": "a = " + "9" * 5_000,
    "4,000 digits": "a = " + "9" * 4_000,
    "hexadecimal digits": "a = 0x" + "f" * 500_000,
    "no TOML": "a = " + "a " * 400_000,
    "50,000 dotted keys": "\n".join(f"a.b{n} = 1" for n in range(50_000)),
}


@pytest.mark.parametrize("name", TOML)
def test_toml_that_takes_for_ever_is_refused_at_once(name):
    start = time.process_time()
    with pytest.raises(InputError, match=r"^x\.toml") as caught:
        read_experiment(TOML[name], "x.toml")
    assert time.process_time() - start < 2
    assert len(str(caught.value)) < 200


def test_text_with_many_points_is_no_key():
    assert parse_toml('a = "1. 2. 3."\nb = "' + "." * 1_000 + '"\n[c.d.e]\n', "x.toml")["b"]
