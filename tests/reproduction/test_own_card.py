"""An author's own card: whoever reads it finds what was measured."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from harness.card.audit.card import audit_card
from harness.card.claimed import of_model
from harness.card.read import read_card
from harness.errors import InputError
from harness.experiment.result import read_result, write_result
from harness.pipeline.own_card import own_card
from harness.pipeline.run_experiment import Settings
from tests.support.zoo.made import splade

ID = "me/mine"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def model(folder):
    return str(splade()(folder))


def half_of_the_sampler(folder):
    """A BEIR folder: the sampler with half of its queries, so another collection."""
    source = Path(harness.__file__).parent / "collection" / "sampler"
    place = folder / "half"
    (place / "qrels").mkdir(parents=True)
    (place / "corpus.jsonl").write_bytes((source / "corpus.jsonl").read_bytes())
    lines = (source / "queries.jsonl").read_text("utf-8").splitlines(keepends=True)[:18]
    (place / "queries.jsonl").write_text("".join(lines), "utf-8")
    kept = {re.search(r'"_id": "([^"]+)"', line)[1] for line in lines}
    head, *rows = (source / "qrels" / "test.tsv").read_text("utf-8").splitlines(keepends=True)
    mine = [row for row in rows if row.partition("\t")[0] in kept]
    (place / "qrels" / "test.tsv").write_text(head + "".join(mine), "utf-8")
    return str(place)


@pytest.fixture(scope="module")
def results(folder, model):
    cache = folder / "cache"
    paths = []
    for collection, more in (("sampler", {}), (half_of_the_sampler(folder), {"policy": "st"})):
        outcome = harness.evaluate(model, collection, cache=cache, device="cpu", **more)
        paths.append(outcome.write(folder / "results"))
    return paths


@pytest.fixture(scope="module")
def settings(folder):
    return Settings(cache=folder / "cache")


@pytest.fixture(scope="module")
def text(model, results, settings):
    return own_card(model, results, ID, settings)


def test_every_number_is_read_back_in_full(text, results):
    found = of_model(read_card(text, "README.md"), ID)
    measured = [read_result(path) for path in results]
    assert [one.dataset for one in found] == [result.collection.id for result in measured]
    for one, result in zip(found, measured, strict=True):
        assert {n.measure: float(n.text) for n in one.numbers} == result.scores


def test_nothing_in_it_is_impossible_or_contradicts_itself(text):
    card = read_card(text, "README.md")
    assert card.disagreements == ()
    assert card.refused == ()
    for one in audit_card(card):
        assert not one.audit.impossible, one.audit


def test_it_reproduces(text, results, folder, model, settings):
    path = folder / "README.md"
    path.write_text(text, encoding="utf-8")
    folder_id = read_result(results[1]).collection.id
    for chosen in ({"only": ("sampler",)}, {"only": (folder_id,), "collection": folder_id}):
        found = harness.reproduce_card(path, model=model, cache=settings.cache, **chosen)
        assert found.exit_code == 0, [one.because for one in found.evaluations]
        assert len(found.to_frame()) == 20
        assert any("usage example" in sentence for sentence in found.identity)


def test_a_card_does_not_say_which_folder_is_read(text, folder, model, settings):
    """The name of a folder on a foreign card is no reason to open it."""
    path = folder / "README.md"
    path.write_text(text, encoding="utf-8")
    found = harness.reproduce_card(path, model=model, cache=settings.cache)
    assert [str(one.verdict) for one in found.evaluations] == ["reproduced", "cannot be judged"]
    assert found.exit_code == 2


def test_a_limit_and_a_level_are_told_and_applied(folder, model, settings):
    """Not sentence-transformers' defaults: the card says so, and whoever reproduces it does so."""
    policy = harness.Policy("st", 2)
    outcome = harness.evaluate(model, "sampler", policy=policy, cache=settings.cache, device="cpu")
    text = own_card(model, [outcome.write(folder / "level 2")], ID, settings)
    assert '"relevance_level": 2' in text
    path = folder / "level 2" / "README.md"
    path.write_text(text, encoding="utf-8")
    found = harness.reproduce_card(path, model=model, cache=settings.cache, device="cpu")
    assert found.exit_code == 0, [one.because for one in found.evaluations]


def changed(results, folder, **parts):
    result = replace(read_result(results[0]), **parts)
    path = folder / "changed.json"
    write_result(result, path)
    return path


def test_a_result_of_other_weights_is_refused(results, folder, model, settings):
    first = read_result(results[0])
    other = changed(results, folder, model=replace(first.model, weights_sha256="0" * 64))
    with pytest.raises(InputError, match="was measured on other weights"):
        own_card(model, [other], ID, settings)


def test_a_result_by_another_convention_is_refused(results, folder, model, settings):
    first = read_result(results[0])
    other = changed(results, folder, evaluation=replace(first.evaluation, policy="trec"))
    with pytest.raises(InputError, match="scored by the policy trec"):
        own_card(model, [other], ID, settings)


def test_unlike_settings_and_one_collection_twice_are_refused(results, folder, model, settings):
    first = read_result(results[0])
    recipe = replace(first.model.recipe, max_length=16)
    other = changed(results, folder, model=replace(first.model, recipe=recipe), name="short")
    with pytest.raises(InputError, match="were not measured alike"):
        own_card(model, [results[0], other], ID, settings)
    with pytest.raises(InputError, match="Two results are of one collection"):
        own_card(model, [results[0], results[0]], ID, settings)


@pytest.mark.parametrize("name", ["mine", "a/b/c", "/", "a/", 'x/"y"\n', ""])
def test_an_id_that_is_none_is_refused(results, model, settings, name):
    with pytest.raises(InputError, match="--id OWNER/NAME"):
        own_card(model, results, name, settings)
