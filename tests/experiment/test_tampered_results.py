"""A shipped result with each key taken out, and each value replaced by what nobody would write."""

import copy
import json

import pytest

from harness.errors import InputError
from harness.experiment.result import Result, read_result, to_json
from tests.support import ROOT

SHIPPED = sorted((ROOT / "results").glob("*.json"))
LITERALS = (
    "null",
    '""',
    "[]",
    "{}",
    "-1",
    "1e999",
    "NaN",
    "9" * 400,
    "true",
    '"\\ud800"',
    '{"a": [1]}',
    "[" * 10_000 + "]" * 10_000,
)


def places(value, place=()):
    inside = value.items() if isinstance(value, dict) else ()
    inside = list(enumerate(value))[:1] if isinstance(value, list) else inside
    for key, one in inside:
        yield (*place, key)
        yield from places(one, (*place, key))


def parent(content, place):
    for key in place[:-1]:
        content = content[key]
    return content


def read_or_refused(path, text):
    """The result, or None where it is refused by one sentence that names the file."""
    path.write_text(text, encoding="utf-8")
    try:
        return read_result(path)
    except InputError as error:
        said = str(error)
        assert said.startswith(str(path))
        assert "evaluate again" in said
        assert "\n" not in said
        assert len(said) < 1_000
        return None


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda path: path.stem)
def test_a_tampered_result_is_read_as_it_stands_or_refused(shipped, tmp_path):
    whole = json.loads(shipped.read_text(encoding="utf-8"))
    path = tmp_path / "result.json"
    for place in places(whole):
        content = copy.deepcopy(whole)
        inside = parent(content, place)
        inside[place[-1]] = "@@"
        template = json.dumps(content)
        for literal in LITERALS:
            result = read_or_refused(path, template.replace('"@@"', literal))
            if result is not None:
                assert literal not in ("1e999", "NaN", "9" * 400, LITERALS[-1]), (place, literal)
                assert isinstance(result, Result)
                written = json.loads(to_json(result))
                # What may be left out is left out where it is null.
                assert literal == "null" or written == json.loads(path.read_text(encoding="utf-8"))
        del inside[place[-1]]
        read_or_refused(path, json.dumps(content))
