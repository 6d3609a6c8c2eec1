"""An asset that is damaged, or a gzip bomb, in the cache: one sentence that names it."""

import gzip

import pytest

from harness.collection import crowdrag, insuranceqa
from harness.errors import InputError

BOMB = gzip.compress(b"[" * 50_000_000)
DAMAGES = {
    "a bomb": (BOMB, "gzip bomb|longer than"),
    "a gzip file that is cut off": (gzip.compress(b'{"a": 1}\n' * 100)[:-9], "gzip"),
    "no JSON": (gzip.compress(b"no JSON\n"), "line 1"),
}


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("loader", [crowdrag, insuranceqa])
def test_a_damaged_asset_is_a_sentence(monkeypatch, tmp_path, loader, name):
    content, said = DAMAGES[name]
    for file in ("responses.jsonl.gz", "answers.json.gz", "test.json.gz"):
        (tmp_path / file).write_bytes(content)
    monkeypatch.setattr(loader, "fetch", lambda _: tmp_path)
    with pytest.raises(InputError, match=said) as refused:
        loader.load(*(("test",) if loader is insuranceqa else ()))
    assert "\n" not in str(refused.value)
