"""An experiment: one TOML file that says what to measure on what, and what is claimed of it."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.claims.claims import Claims, Deviation
from harness.claims.published import PublishedNumber, digits, measure_key, read
from harness.errors import InputError
from harness.experiment.toml import get, known, rows, table, tables, texts
from harness.measures.names import CARD, Measure, deepest
from harness.measures.policy import Policy

SHIPPED = Path(__file__).parent / "shipped"
"""Where the experiments that come with the package lie."""

_KEYS = {
    "": (
        "name",
        "title",
        "model",
        "collection",
        "evaluation",
        "published",
        "examples",
        "deviations",
    ),
    "model": ("id", "revision", "max_length"),
    "collection": ("id", "note"),
    "evaluation": ("policy", "depth", "relevance_level", "measures", "drop_query_itself"),
    "published": ("source", "note", "exact", "values"),
    "examples": ("source", "queries", "documents", "similarity", "text", "top_terms"),
    "deviations": ("measure", "tolerance", "because"),
}


@dataclass(frozen=True)
class Example:
    """A usage example as a source prints it: it proves that a checkpoint is the published one.

    Attributes:
        source: where it stands.
        queries: encoded as queries; the rows of `printed`.
        documents: encoded as documents; its columns. For top terms: empty.
        printed: the similarities, or for top terms one row of weights, with their printed digits.
        terms: for top terms, the vocabulary entries in the printed order; else empty.
    """

    source: str
    queries: tuple[str, ...]
    documents: tuple[str, ...]
    printed: tuple[tuple[str, ...], ...]
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Experiment:
    """What to run, how to score it, and what it is compared with.

    Attributes:
        name: the name it is called by, and that of its result file.
        title: one line for lists.
        model: a hub id, a folder, or `asset:<name>`.
        revision: a hub branch, tag or commit.
        max_length: tokens kept of a text, where the source differs from the checkpoint's files.
        collection: what `harness.collection.open` understands.
        policy: how ties and denominators are handled.
        depth: documents kept for each query.
        measures: what is computed of the rankings.
        drop_query_itself: take a document whose id is the query's out of its ranking, as BEIR does.
        note: what a reader must know of the published numbers, or "".
        published: the claims.
        examples: usage examples to reproduce first.
        deviations: known wobbles.
    """

    name: str
    title: str
    model: str
    revision: str
    max_length: int | None
    collection: str
    policy: Policy
    depth: int
    measures: tuple[Measure, ...]
    drop_query_itself: bool
    note: str
    published: tuple[PublishedNumber, ...]
    examples: tuple[Example, ...]
    deviations: tuple[Deviation, ...]

    @property
    def claims(self) -> Claims:
        """What a result of this experiment is compared with."""
        return Claims(self.title, self.note, self.published, self.deviations)


def shipped() -> tuple[str, ...]:
    """Names of the experiments that come with the package, the default one first."""
    names = sorted(path.stem for path in SHIPPED.glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != DEFAULT))


DEFAULT = "crowdrag-splade-tiny"
"""What is run when nothing is named."""


def open_experiment(name: str) -> Experiment:
    """Read a shipped experiment by its name, or any other from its file.

    Raises:
        InputError: there is none of that name, or the file is not a valid experiment.
    """
    path = Path(name) if name.endswith(".toml") else SHIPPED / f"{name}.toml"
    if not path.is_file():
        near = difflib.get_close_matches(name, shipped(), 1)
        hint = f"Did you mean '{near[0]}'?" if near else f"We have {', '.join(shipped())}."
        raise InputError(f"There is no experiment '{name}'. {hint}")
    try:
        return read_experiment(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} can not be read ({error}).") from error


def read_experiment(text: str, source: str) -> Experiment:
    """Read an experiment from its TOML.

    Raises:
        InputError: with the file and the key that is wrong.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source} is not valid TOML: {error}.") from error
    try:
        return _experiment(content)
    except InputError as error:
        raise InputError(f"{source}: {error}") from error


def _experiment(content: Mapping[str, Any]) -> Experiment:
    known("", content, _KEYS[""])
    model = table(content, "model", _KEYS["model"])
    collection = table(content, "collection", _KEYS["collection"])
    evaluation = table(content, "evaluation", _KEYS["evaluation"])
    claims = table(content, "published", _KEYS["published"])
    depth = get(evaluation, "depth", int, 100)
    measures = tuple(Measure.parse(m) for m in texts(evaluation, "measures", [])) or CARD
    if depth < deepest(measures):
        raise InputError(f"depth {depth} is too small to compute a measure at {deepest(measures)}.")
    return Experiment(
        name=_name(content),
        title=get(content, "title", str, ""),
        model=get(model, "id", str),
        revision=get(model, "revision", str, "main"),
        max_length=_max_length(model),
        collection=get(collection, "id", str),
        policy=Policy(
            get(evaluation, "policy", str, Policy().name),
            get(evaluation, "relevance_level", int, 1),
        ),
        depth=depth,
        measures=measures,
        drop_query_itself=get(evaluation, "drop_query_itself", bool, False),
        note=get(claims, "note", str, ""),
        published=_published(claims),
        examples=tuple(_example(e) for e in tables(content, "examples", _KEYS["examples"])),
        deviations=tuple(_deviation(d) for d in tables(content, "deviations", _KEYS["deviations"])),
    )


def _name(content: Mapping[str, Any]) -> str:
    name: str = get(content, "name", str)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}", name):
        raise InputError(
            f"the name {name!r} can not be that of a file: use letters, digits, points and dashes."
        )
    return name


def _max_length(model: Mapping[str, Any]) -> int | None:
    if "max_length" not in model:
        return None
    length: int = get(model, "max_length", int)
    if length < 3:
        raise InputError(f"max_length is {length}; 3 or more is needed (two are special tokens).")
    return length


def _published(claims: Mapping[str, Any]) -> tuple[PublishedNumber, ...]:
    values = get(claims, "values", dict, {})
    if not values:
        return ()
    source = get(claims, "source", str)
    for key, printed in values.items():
        if not isinstance(printed, str):
            raise InputError(
                f'published.values: write {key} = "{printed}" with quotes, so that the precision '
                "that the source prints is kept."
            )
    exact = get(claims, "exact", bool, False)
    return tuple(read(k, v, source, exact=exact) for k, v in values.items())


def _example(example: Mapping[str, Any]) -> Example:
    source = get(example, "source", str)
    if "top_terms" in example:
        pairs = rows(example, "top_terms")
        if not pairs or any(len(pair) != 2 for pair in pairs):
            raise InputError(f"example '{source}': top_terms must be pairs of a term and a weight.")
        terms, weights = (tuple(pair[n] for pair in pairs) for n in (0, 1))
        return Example(source, (get(example, "text", str),), (), _numbers(source, [weights]), terms)
    queries, documents = (texts(example, k) for k in ("queries", "documents"))
    printed = _numbers(source, rows(example, "similarity"))
    if len(printed) != len(queries) or any(len(row) != len(documents) for row in printed):
        raise InputError(
            f"example '{source}': similarity must have a row for each query and in it a number "
            "for each document."
        )
    return Example(source, queries, documents, printed)


def _numbers(source: str, lines: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    printed = tuple(lines)
    wrong = [text for row in printed for text in row if digits(text) != text]
    if wrong:
        raise InputError(f"example '{source}': {wrong[0]!r} is not a number.")
    return printed


def _deviation(deviation: Mapping[str, Any]) -> Deviation:
    measure, because = get(deviation, "measure", str), get(deviation, "because", str)
    if measure_key(measure) != measure:
        raise InputError(f"deviations: {measure!r} is not the key of a measure, such as ndcg@10.")
    if not because.strip():
        raise InputError("a deviation must say `because`.")
    tolerance = deviation.get("tolerance")
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not tolerance >= 0:
        raise InputError(f"tolerance is {tolerance!r}; a number of 0 or more is needed.")
    return Deviation(measure, float(tolerance), because)
