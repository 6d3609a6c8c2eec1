"""A collection, an evaluation and an experiment that several commands are tried on."""

import shutil

import pytest

import harness
from tests.support import models
from tests.support.compared import save


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """No test touches the user's cache."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A BEIR folder: 40 documents of the sampler and six of its questions."""
    sampler = models.sampler()
    asked = sampler.queries[:6]
    relevant = {q.query_id: sampler.qrels.relevant(q.query_id) for q in asked}
    wanted = {doc_id for doc_ids in relevant.values() for doc_id in doc_ids}
    documents = [doc for doc in sampler.corpus if doc.doc_id in wanted]
    documents += [doc for doc in sampler.corpus if doc.doc_id not in wanted][: 40 - len(documents)]
    return models.save_beir(
        tmp_path_factory.mktemp("beir"),
        dict(documents),
        dict(asked),
        [(q, doc_id, 1) for q, doc_ids in relevant.items() for doc_id in doc_ids],
    )


@pytest.fixture
def evaluated(cli, tiny_bert, folder, tmp_path):
    """`harness eval` of the tiny model on the folder, with more arguments."""

    def call(*arguments):
        return cli(
            *("eval", "--model", tiny_bert, "--collection", folder, "--results", tmp_path / "out"),
            *("--device", "cpu", "--threads", "1", *arguments),
        )

    return call


@pytest.fixture(scope="session")
def evaluated_once(tiny_bert, folder, tmp_path_factory):
    """A folder with the result of the tiny model on the folder, and the cache that it left."""
    place = tmp_path_factory.mktemp("once")
    cache = place / "cache" / "vectors"
    outcome = harness.evaluate(str(tiny_bert), str(folder), cache=cache, device="cpu", threads=1)
    outcome.write(place / "out")
    return place


@pytest.fixture
def done(evaluated_once, monkeypatch, tmp_path):
    """That result, with its cache in use; it may be written to."""
    monkeypatch.setenv("HARNESS_CACHE", str(evaluated_once / "cache"))
    shutil.copytree(evaluated_once / "out", tmp_path / "out")
    (path,) = (tmp_path / "out").glob("*.json")
    return path


def claims(tiny_bert, folder, values, more=""):
    lines = "\n".join(f'"{key}" = "{value}"' for key, value in values.items())
    return f"""
name = "mine"
[model]
id = "{tiny_bert}"
[collection]
id = "{folder}"
[published]
source = "a card"
[published.values]
{lines}
{more}
"""


@pytest.fixture
def experiment(tiny_bert, folder, tmp_path):
    """Write my.toml with claims, and give its path."""

    def write(values, more=""):
        path = tmp_path / "my.toml"
        path.write_text(claims(tiny_bert, folder, values, more))
        return path

    return write


@pytest.fixture
def saved(tmp_path):
    """Write a result with the scores of its queries into the test's folder."""
    return lambda name, values, **more: save(tmp_path, name, values, **more)
