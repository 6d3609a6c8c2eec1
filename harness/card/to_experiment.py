"""Writes an experiment from a card: the claims and the example as a file to run and to correct."""

import re
from collections.abc import Iterator
from typing import Final

from harness.card import Card, UsageExample
from harness.card.chosen import of_dataset
from harness.card.claimed import ClaimedEvaluation
from harness.card.nano_beir import parted
from harness.card.runnable import (
    active_dims_limit,
    by_mteb,
    in_english,
    notes,
    one_length,
    scored_by,
    why_not,
)
from harness.claims.published import PublishedNumber
from harness.collection.printed_names import collection_of
from harness.errors import InputError
from harness.measures.names import CARD, SPARSITY, Measure, deepest
from harness.measures.policy import ST, TREC
from harness.system import inert

UNKNOWN_COLLECTION: Final = "unknown"
"""Stands where a card does not name its data set; to be replaced before the experiment can run."""

FULL: Final = 17
"""Characters of a double in full, nearly always: 0.7457042059559617."""


def claims(card: Card, model_id: str, dataset: str | None = None) -> tuple[PublishedNumber, ...]:
    """What a card claims of its own model on one data set: each measure once, most precise first.

    Args:
        card: the card.
        model_id: as for `harness.card.chosen.of_dataset`.
        dataset: likewise.

    Raises:
        InputError: no numbers, or numbers of several data sets and none chosen.
    """
    return of_dataset(card, model_id, dataset).evaluation.numbers


def to_experiment(
    card: Card,
    model_id: str,
    revision: str,
    dataset: str | None = None,
    number: int | None = None,
) -> str:
    """The experiment that would reproduce what a card claims on one data set, as TOML text.

    Args:
        card: the card.
        model_id: the model's id on the hub, or its folder.
        revision: the revision whose card this is.
        dataset: as for `harness.card.chosen.of_dataset`.
        number: likewise.

    Raises:
        InputError: as `of_dataset` and `experiment_toml`.
    """
    chosen = of_dataset(card, model_id, dataset, number)
    return experiment_toml(card, chosen.evaluation, model_id, revision, chosen.note)


def experiment_toml(
    card: Card, evaluation: ClaimedEvaluation, model_id: str, revision: str, note: str = ""
) -> str:
    """The experiment that would reproduce one claimed evaluation, as TOML text.

    What the card does not say is not filled in: an unnamed data set becomes UNKNOWN_COLLECTION, an
    unknown length is left out. What may keep the numbers from coming out stands in comments.

    Args:
        card: the card.
        evaluation: of `harness.card.claimed.of_model`.
        model_id: the model's id on the hub, or its folder.
        revision: the revision whose card this is.
        note: what else is to be said of the evaluation, "" for nothing.

    Raises:
        InputError: it cannot be run, or an id or revision that no file can hold.
    """
    why = why_not(card, evaluation)
    if why:
        raise InputError(f"{card.source}: {why}")
    told = (*([f"Of {evaluation.label}: {note}"] if note else []), *notes(card, evaluation))
    text = "\n".join(_lines(card, evaluation, model_id, revision, told)) + "\n"
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InputError(f"{card.source}: the model's id or revision is not UTF-8 text.")
    return text


def _lines(
    card: Card,
    evaluation: ClaimedEvaluation,
    model_id: str,
    revision: str,
    told: tuple[str, ...],
) -> Iterator[str]:
    title = " ".join(card.name.split()) or model_id
    length = one_length(card.architecture)
    yield from (f"# {inert.line(sentence, 2000)}" for sentence in told)
    yield f"name = {toml_string(_file_name(model_id))}"
    yield f"title = {toml_string(f'What its card claims for {title}')}"
    yield from ("", "[model]")
    if not _is_id(model_id):
        yield "# The card does not say the model's id: put it (or the model's folder) here."
    yield f"id = {toml_string(model_id)}"
    yield f"revision = {toml_string(revision)}"
    if length is not None:
        yield f"max_length = {length}"
    if limit := active_dims_limit(evaluation):
        yield f"max_active_dims = {limit}"
    yield from ("", "[collection]")
    collection, said = _collection(evaluation)
    if said:
        yield f"# {inert.line(said, 2000)}"
    yield f"id = {toml_string(collection)}"
    published = evaluation.numbers
    policy = TREC.name if by_mteb(evaluation) else ST.name
    yield from ("", "[evaluation]", f'policy = "{policy}"', *_depth_and_measures(published))
    yield from (f"{key} = {inert.json(value)}" for key, value in scored_by(evaluation).items())
    yield from ("", "[published]")
    places = "; ".join(dict.fromkeys(number.source for number in published))
    yield f"source = {toml_string(f'{places} (of {model_id} at revision {revision})')}"
    exact = _in_full(published)
    if exact:
        yield "exact = true"
    yield from ("", "[published.values]")
    for number in published:
        percent = "%" if number.unit == "percent" else ""
        text = number.text if exact else number.number.cleaned
        yield f"{toml_string(number.measure)} = {toml_string(text + percent)}"
    if card.usage is not None and card.usage.similarity:
        yield from _example_lines(card.usage)


def _is_id(model_id: str) -> bool:
    """Whether a text can be what loads a model: owner/name, a folder, or an asset."""
    return "/" in model_id or model_id.startswith(("asset:", ".", "~"))


def _collection(evaluation: ClaimedEvaluation) -> tuple[str, str]:
    """The collection that a printed name means, and what is to be said of that."""
    named = toml_string(evaluation.dataset)
    meant = collection_of(parted(evaluation.dataset).name, evaluation.split)
    if not in_english(evaluation.parameters):
        meant = ()
    single = [one for one in meant if len(one.ids) == 1]
    if len(single) == len(meant) == 1:
        (ids, why) = single[0]
        return ids[0], "" if ids[0] == evaluation.dataset else f"{named}: {why}."
    told = f"The card calls its data set {named}: put a collection's id here."
    if single:
        told += f" It might be {' or '.join(one.ids[0] for one in single)}."
    return UNKNOWN_COLLECTION, told


def _in_full(published: tuple[PublishedNumber, ...]) -> bool:
    """Whether the numbers are doubles in full: one with 15 digits shows it for all of its place.

    Not where one is a rounded number with what a multiplication left behind it (10.397999999999998
    is 0.10398 times 100): its place was rounded, and 51.991 beside it stands for all that rounds
    to it.
    """
    return (
        len({number.source for number in published}) == 1
        and all(number.number.cleaned == number.text for number in published)
        and any(len(number.text) >= FULL for number in published)
    )


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
