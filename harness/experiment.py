"""An experiment: one TOML file that says what to measure on what, and what is claimed of it."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.compare import Deviation
from harness.errors import InputError
from harness.measure import CARD, Measure, parse
from harness.measures import Policy
from harness.published import Published, read, unit_of

SHIPPED = Path(__file__).parent / "experiments"
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
    "published": ("source", "note", "values"),
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
    published: tuple[Published, ...]
    examples: tuple[Example, ...]
    deviations: tuple[Deviation, ...]


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
    _known("", content)
    model, collection = _table(content, "model"), _table(content, "collection")
    evaluation = _table(content, "evaluation")
    claims = _table(content, "published")
    depth = _get(evaluation, "depth", int, 100)
    measures = tuple(parse(m) for m in _get(evaluation, "measures", list, [])) or CARD
    deepest = max(measure.cutoff for measure in measures)
    if depth < deepest:
        raise InputError(f"depth {depth} is too small to compute a measure at {deepest}.")
    return Experiment(
        name=_get(content, "name", str),
        title=_get(content, "title", str, ""),
        model=_get(model, "id", str),
        revision=_get(model, "revision", str, "main"),
        max_length=_get(model, "max_length", int, 0) or None,
        collection=_get(collection, "id", str),
        policy=Policy(
            _get(evaluation, "policy", str, "st"),
            _get(evaluation, "relevance_level", int, 1),
        ),
        depth=depth,
        measures=measures,
        drop_query_itself=_get(evaluation, "drop_query_itself", bool, False),
        note=_get(claims, "note", str, ""),
        published=_published(claims),
        examples=tuple(_example(e) for e in _tables(content, "examples")),
        deviations=tuple(_deviation(d) for d in _tables(content, "deviations")),
    )


def _published(claims: Mapping[str, Any]) -> tuple[Published, ...]:
    values = _get(claims, "values", dict, {})
    if not values:
        return ()
    source = _get(claims, "source", str)
    for key, digits in values.items():
        if not isinstance(digits, str):
            raise InputError(
                f'published.values: write {key} = "{digits}" with quotes, so that the precision '
                "that the source prints is kept."
            )
    return tuple(read(k, v, source, unit_of(k, [v])) for k, v in values.items())


def _example(example: Mapping[str, Any]) -> Example:
    source = _get(example, "source", str)
    if "top_terms" in example:
        pairs = [(str(term), str(weight)) for term, weight in example["top_terms"]]
        terms, weights = tuple(t for t, _ in pairs), tuple(w for _, w in pairs)
        return Example(source, (_get(example, "text", str),), (), (weights,), terms)
    queries, documents = (tuple(_get(example, k, list)) for k in ("queries", "documents"))
    printed = tuple(tuple(map(str, row)) for row in _get(example, "similarity", list))
    if len(printed) != len(queries) or any(len(row) != len(documents) for row in printed):
        raise InputError(f"example '{source}': similarity must have a row for each query.")
    return Example(source, queries, documents, printed)


def _deviation(deviation: Mapping[str, Any]) -> Deviation:
    because = _get(deviation, "because", str)
    if not because.strip():
        raise InputError("a deviation must say `because`.")
    tolerance = deviation.get("tolerance")
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or tolerance < 0:
        raise InputError(f"tolerance is {tolerance!r}; a number of 0 or more is needed.")
    return Deviation(_get(deviation, "measure", str), float(tolerance), because)


def _table(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table: Mapping[str, Any] = _get(content, name, dict, {})
    _known(name, table)
    return table


def _tables(content: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    for table in _get(content, name, list, []):
        _known(name, table)
        yield table


def _known(name: str, table: Mapping[str, Any]) -> None:
    for key in table:
        if key not in _KEYS[name]:
            near = difflib.get_close_matches(key, _KEYS[name], 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(_KEYS[name])}."
            raise InputError(f"the key '{key}'{f' in [{name}]' if name else ''} is unknown; {hint}")


_MISSING = object()


def _get(table: Mapping[str, Any], key: str, kind: type, default: Any = _MISSING) -> Any:  # noqa: ANN401
    value = table.get(key, default)
    if value is _MISSING:
        raise InputError(f"the key '{key}' is missing.")
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InputError(f"the key '{key}' is {value!r}; {kind.__name__} is needed.")
    return value
