"""A pinned experiment: two lines in its file and no other byte, demanded when a model is opened."""

import os
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checkpoint.open import open_checkpoint
from harness.errors import InputError, UnreachableError
from harness.experiment.parts import ModelInfo, QueryEncoderInfo, RecipeInfo
from harness.experiment.pin import check_pinned, own_file, pin
from harness.experiment.sections import ModelSpec
from harness.experiment.spec import SHIPPED, open_experiment

COMMIT, WEIGHTS, OTHER = "c" * 40, "a" * 64, "b" * 64


def model(**changes):
    recipe = RecipeInfo(max_length=8, pooling="max")
    plain = ModelInfo(
        id="m", revision=COMMIT, weights_sha256=WEIGHTS, recipe=recipe, precision="float32"
    )
    return replace(plain, **changes)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mine.toml"


TAIL = '\n[collection]\nid = "sampler"\n'

WRITTEN = {
    "plain": (
        'name = "x"\n[model]\nid = "a/b"\n' + TAIL,
        f'name = "x"\n[model]\nid = "a/b"\nrevision = "{COMMIT}"\nweights_sha256 = "{WEIGHTS}"\n'
        + TAIL,
    ),
    "a revision and comments": (
        "# mine\nname = 'x'  # so\n[ model ]   # which\n  revision = 'main' # old\n"
        '\tid  =  "a/b"\nmax_length = 9\n\n# the rest\n' + TAIL,
        f"# mine\nname = 'x'  # so\n[ model ]   # which\n  revision = \"{COMMIT}\" # old\n"
        f'\tid  =  "a/b"\nweights_sha256 = "{WEIGHTS}"\nmax_length = 9\n\n# the rest\n' + TAIL,
    ),
    "pinned before": (
        f'name = "x"\n[model]\nweights_sha256="{OTHER}"\nid="a/b"\nrevision="{"d" * 40}"\n{TAIL}',
        f'name = "x"\n[model]\nweights_sha256="{WEIGHTS}"\nid="a/b"\nrevision="{COMMIT}"\n{TAIL}',
    ),
    "the model last, no line's end": (
        'name = "x"\n[collection]\nid = "sampler"\n[model]\nid = "a/b"',
        'name = "x"\n[collection]\nid = "sampler"\n[model]\nid = "a/b"\n'
        f'revision = "{COMMIT}"\nweights_sha256 = "{WEIGHTS}"',
    ),
    "a table's name inside a text": (
        'name = "x"\ntitle = """\n[model]\nid = "no"\n"""\n[model]\nid = "a/b"\n' + TAIL,
        'name = "x"\ntitle = """\n[model]\nid = "no"\n"""\n[model]\nid = "a/b"\n'
        f'revision = "{COMMIT}"\nweights_sha256 = "{WEIGHTS}"\n' + TAIL,
    ),
    "keys of other tables": (
        'name = "x"\n[published]\nrevision = "r"\n[model]\nid = "a/b"\n' + TAIL,
        f'name = "x"\n[published]\nrevision = "r"\n[model]\nid = "a/b"\nrevision = "{COMMIT}"\n'
        f'weights_sha256 = "{WEIGHTS}"\n' + TAIL,
    ),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "BOM"])
@pytest.mark.parametrize("written", WRITTEN)
def test_the_lines_stand_in_the_table_and_every_other_byte_is_as_it_was(path, written, mark, end):
    before, after = ((mark + text).replace("\n", end).encode() for text in WRITTEN[written])
    path.write_bytes(before)
    assert pin(path, model())
    assert path.read_bytes() == after
    assert not pin(path, model())
    assert path.read_bytes() == after
    assert sorted(path.parent.iterdir()) == [path]


@given(st.text(alphabet="[model]id=\"r\n #'=\\x\t", max_size=60))
def test_whatever_is_written_around_it_means_the_same_or_is_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "mine.toml"
    written = f'a = """{text}"""\n[model]\nid = "a/b"\n#{text}\n'
    path.write_text(written, encoding="utf-8", newline="")
    try:
        wanted = tomllib.loads(written)
    except tomllib.TOMLDecodeError:
        return
    wanted["model"] |= {"revision": COMMIT, "weights_sha256": WEIGHTS}
    try:
        pin(path, model())
    except InputError:
        assert path.read_text(encoding="utf-8") == written
        return
    assert tomllib.loads(path.read_text(encoding="utf-8")) == wanted


def test_a_folder_has_no_revision_and_queries_have_weights_of_their_own(path):
    path.write_text('name = "x"\n[model]\nid = "a/b"\nrevision = "main"\n' + TAIL)
    recipe = RecipeInfo(max_length=8, pooling="max")
    own = QueryEncoderInfo(
        weights_sha256=OTHER, tokenizer_sha256=OTHER, recipe=recipe, head="static"
    )
    assert pin(path, model(revision="", queries=own))
    spec = open_experiment(str(path)).model
    pinned = (spec.revision, spec.weights_sha256, spec.query_weights_sha256)
    assert pinned == ("main", WEIGHTS, OTHER)


def test_the_mode_of_the_file_stays(path):
    path.write_text('name = "x"\n[model]\nid = "a/b"\n' + TAIL)
    path.chmod(0o640)
    pin(path, model())
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_is_followed(path, tmp_path):
    path.write_text('name = "x"\n[model]\nid = "a/b"\n' + TAIL)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    assert own_file(str(link)) == link
    pin(link, model())
    assert link.is_symlink()
    assert WEIGHTS in path.read_text()


@pytest.mark.parametrize(
    "text",
    [
        'model = {id = "a/b"}\nname = "x"\n' + TAIL,
        'model.id = "a/b"\nname = "x"\n' + TAIL,
        'name = "x"\n["model"]\nid = "a/b"\n' + TAIL,
        'name = "x"\n[model]\nid = "a/b"\nrevision = """main"""\n' + TAIL,
    ],
)
def test_a_table_written_otherwise_is_a_sentence_and_not_touched(path, text):
    path.write_text(text)
    open_experiment(str(path))
    with pytest.raises(InputError, match=r"write it so, or write them yourself \(revision"):
        own_file(str(path))
    assert path.read_text() == text


@pytest.mark.parametrize("name", ["crowdrag-splade-tiny", "{shipped}/crowdrag-splade-tiny.toml"])
def test_a_shipped_experiment_is_not_written(name):
    with pytest.raises(InputError, match="comes with the package, which is not written to: copy"):
        own_file(name.format(shipped=SHIPPED))


def test_a_file_that_cannot_be_written_is_told_before(path, monkeypatch):
    path.write_text('name = "x"\n[model]\nid = "a/b"\n' + TAIL)
    assert own_file(str(path)) == path
    assert sorted(path.parent.iterdir()) == [path]

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UnreachableError, match="cannot be written"):
        own_file(str(path))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anything")
def test_a_file_without_permission_is_told_before(path):
    path.write_text('name = "x"\n[model]\nid = "a/b"\n' + TAIL)
    path.chmod(0o400)
    with pytest.raises(UnreachableError, match="cannot be written"):
        own_file(str(path))


@pytest.mark.parametrize("value", ["", "a" * 63, "A" * 64, "g" * 64, "sha256:" + "a" * 57])
@pytest.mark.parametrize("key", ["weights_sha256", "query_weights_sha256"])
def test_a_hash_that_is_none(key, value):
    with pytest.raises(InputError, match=f"model.{key} is .*64 hexadecimal digits"):
        ModelSpec("a/b", **{key: value})


@pytest.mark.parametrize("key", ["weights_sha256", "query_weights_sha256"])
def test_other_weights_are_refused_with_both_hashes(tiny_bert, key):
    checkpoint = open_checkpoint(str(tiny_bert))
    check_pinned(ModelSpec("m"), checkpoint)
    check_pinned(ModelSpec("m", **{key: checkpoint.weights_sha256}), checkpoint)
    with pytest.raises(InputError) as refused:
        check_pinned(ModelSpec("m", **{key: OTHER}), checkpoint)
    assert checkpoint.weights_sha256 in str(refused.value)
    assert f"{key} is {OTHER}" in str(refused.value)
    assert "model.safetensors" in str(refused.value)
