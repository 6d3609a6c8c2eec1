"""Writes an experiment from a card: the claims and the example as a file to run and to correct."""

import re
from collections.abc import Iterator
from typing import Final

from harness.card import Card, PublishedEvaluation, UsageExample, same_name
from harness.claims.published import PublishedNumber, bare
from harness.errors import InputError
from harness.measures.names import CARD, SPARSITY, Measure, deepest
from harness.measures.policy import ST
from harness.system import inert

UNKNOWN_COLLECTION: Final = "unknown"
"""Stands where a card does not name its data set; to be replaced before the experiment can run."""

_NANO = {
    f"nano{same_name(name)}": f"nano-beir/{name}"
    for name in (
        "arguana",
        "climate-fever",
        "dbpedia-entity",
        "fever",
        "fiqa",
        "hotpotqa",
        "msmarco",
        "nfcorpus",
        "nq",
        "quora",
        "scidocs",
        "scifact",
        "webis-touche2020",
    )
} | {
    "nanodbpedia": "nano-beir/dbpedia-entity",
    "nanofiqa2018": "nano-beir/fiqa",
    "nanoquoraretrieval": "nano-beir/quora",
    "nanotouche2020": "nano-beir/webis-touche2020",
}
"""ir_datasets' id of each NanoBEIR set, by the name that sentence-transformers prints."""


def claims(card: Card, model_id: str, dataset: str | None = None) -> tuple[PublishedNumber, ...]:
    """What a card claims of its own model on one data set: each measure once, most precise first.

    Args:
        card: the card.
        model_id: the model's id, which tells its row in a table of several models; where no row
            bears it, the row with the card's own name is taken.
        dataset: the data set as the card prints it ("" for the unnamed one); None where the card
            has numbers of just one.

    Raises:
        InputError: no numbers, or numbers of several data sets and none chosen.
    """
    asked = {same_name(model_id), same_name(model_id.rpartition("/")[2])}
    if not any(same_name(one.model) in asked for one in card.evaluations):
        asked = {same_name(card.name)}
    mine = [one for one in card.evaluations if not one.model or same_name(one.model) in asked]
    names = dict.fromkeys(same_name(one.dataset) for one in mine)
    if not names:
        raise InputError(
            f"{card.source}: the card publishes no number of {model_id} that could be reproduced; "
            "write the [published.values] of an experiment by hand."
        )
    if dataset is None and len(names) > 1:
        shown = ", ".join(dict.fromkeys(one.dataset or "(unnamed)" for one in mine))
        raise InputError(
            f"{card.source}: the card has numbers of {len(names)} data sets; choose one: {shown}."
        )
    wanted = next(iter(names)) if dataset is None else same_name(dataset)
    if wanted not in names:
        raise InputError(f"{card.source}: the card has no numbers of data set '{dataset}'.")
    return _most_precise([one for one in mine if same_name(one.dataset) == wanted])


def _most_precise(evaluations: list[PublishedEvaluation]) -> tuple[PublishedNumber, ...]:
    found: dict[str, PublishedNumber] = {}
    for one in sorted(evaluations, key=lambda one: not one.full_precision):
        for number in one.published:
            found.setdefault(bare(number.measure), number)
    return tuple(found.values())


def to_experiment(card: Card, model_id: str, revision: str, dataset: str | None = None) -> str:
    """The experiment that would reproduce a card's claims, as TOML text.

    What the card does not say is not filled in: an unnamed data set becomes UNKNOWN_COLLECTION, an
    unknown length is left out.

    Args:
        card: the card.
        model_id: the model's id on the hub, or its folder.
        revision: the revision whose card this is.
        dataset: as for `claims`.

    Raises:
        InputError: as `claims`, or an id or revision that no file can hold.
    """
    published = claims(card, model_id, dataset)
    text = "\n".join(_lines(card, model_id, revision, published)) + "\n"
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InputError(f"{card.source}: the model's id or revision is not UTF-8 text.")
    return text


def _lines(
    card: Card, model_id: str, revision: str, published: tuple[PublishedNumber, ...]
) -> Iterator[str]:
    title = " ".join(card.name.split()) or model_id
    length = card.architecture.max_seq_length
    named = next(one.dataset for one in card.evaluations if published[0] in one.published)
    places = "; ".join(dict.fromkeys(number.source for number in published))
    yield f"name = {toml_string(_file_name(model_id))}"
    yield f"title = {toml_string(f'What its card claims for {title}')}"
    yield from ("", "[model]", f"id = {toml_string(model_id)}")
    yield f"revision = {toml_string(revision)}"
    if length is not None:
        yield f"max_length = {length}"
    yield from ("", "[collection]")
    collection = _NANO.get(same_name(named), UNKNOWN_COLLECTION)
    if collection == UNKNOWN_COLLECTION:
        yield f"# The card calls its data set {toml_string(named)}: put a collection's id here."
    yield f"id = {toml_string(collection)}"
    yield from ("", "[evaluation]", f'policy = "{ST.name}"', *_depth_and_measures(published))
    yield from ("", "[published]")
    yield f"source = {toml_string(f'{places} (of {model_id} at revision {revision})')}"
    # Front matter is written from doubles in full: one number with 15 digits shows it for all.
    exact = len({number.source for number in published}) == 1 and any(
        len(number.text) >= 17 and number.number.cleaned == number.text for number in published
    )
    if exact:
        yield "exact = true"
    yield from ("", "[published.values]")
    for number in published:
        percent = "%" if number.unit == "percent" else ""
        text = number.text if exact else number.number.cleaned
        yield f"{toml_string(number.measure)} = {toml_string(text + percent)}"
    if card.usage is not None and card.usage.similarity:
        yield from _example_lines(card.usage)


def _depth_and_measures(published: tuple[PublishedNumber, ...]) -> Iterator[str]:
    """Rankings as deep as the claims, and the claimed measures where cards have others by default.

    A measure that is published and not computed could never hold.
    """
    claimed = [Measure.parse(one.name) for one in published if one.name not in SPARSITY]
    yield f"depth = {max(deepest(CARD), deepest(claimed))}"
    if not set(claimed) <= set(CARD):
        yield f"measures = {_array(tuple(map(str, claimed)))}"


def _example_lines(usage: UsageExample) -> Iterator[str]:
    yield from ("", "[[examples]]")
    yield f"queries = {_array(usage.queries)}"
    yield f"documents = {_array(usage.documents)}"
    yield f"similarity = [{', '.join(_array(row) for row in usage.similarity)}]"
    yield f"source = {toml_string(usage.where)}"


def _array(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(toml_string, texts))}]"


def _file_name(model_id: str) -> str:
    last = model_id.rstrip("/").rpartition("/")[2].lower()
    return re.sub(r"[^a-z0-9._-]+", "-", last).strip("-.") or "model"


def toml_string(text: str) -> str:
    """A TOML basic string, what is unsafe in it escaped."""
    return inert.toml(text)
