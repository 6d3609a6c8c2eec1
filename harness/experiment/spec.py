"""An experiment: one TOML file that says what to measure on what, and what is claimed of it."""

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.claims.claims import Claims, Deviation
from harness.claims.published import bare
from harness.errors import InputError
from harness.experiment.budgets import Budgets, check_margin
from harness.experiment.evidence import DeviationSpec, Example, PublishedSpec
from harness.experiment.sections import CollectionSpec, EvaluationSpec, ModelSpec
from harness.system.foreign_files import EXPERIMENT, is_file, read_text
from harness.system.json_files import parse_toml
from harness.system.paths import expand
from harness.system.records import CLOSED, read

SHIPPED = Path(__file__).parent / "shipped"
"""Where the experiments that come with the package lie."""


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """What to run, how to score it, and what it is compared with: the tables of its file.

    Attributes:
        name: the name it is called by, and that of its result file.
        title: one line for lists.
        model: the checkpoint.
        collection: corpus, queries and judgements.
        evaluation: how rankings are made and scored.
        published: the claims.
        examples: usage examples to reproduce first.
        deviations: what is tolerated, and why.
        budgets: within what measured numbers have to lie.
        margin: by how much less than the baseline's the true mean of a measure may be.

    Raises:
        InputError: a name that no file can have, a deviation of measures that are neither
            published nor measured, or one so wide that it tolerates anything; a margin of no
            measure or below 0.
    """

    __pydantic_config__ = CLOSED

    name: str
    title: str = ""
    model: ModelSpec
    collection: CollectionSpec
    evaluation: EvaluationSpec = field(default_factory=EvaluationSpec)
    published: PublishedSpec = field(default_factory=PublishedSpec)
    examples: tuple[Example, ...] = ()
    deviations: tuple[DeviationSpec, ...] = ()
    budgets: Budgets = field(default_factory=Budgets)
    margin: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_name(self.name)
        check_margin(self.margin)
        for deviation in self.deviations:
            deviation.check_names(_names(self.published, self.evaluation))
        _ = self.claims  # whose rules are met before anything is run

    @classmethod
    def of(cls, model: str, collection: str, revision: str = "main") -> "Experiment":
        """An experiment without claims: the cards' measures of any model on any collection.

        Args:
            model: a hub id, a folder, or `asset:<name>`.
            collection: what `harness.collection.open` understands.
            revision: of the model, on the hub.

        Raises:
            InputError: an id is empty.
        """
        return cls(
            name=f"{_slug(collection)}-{_slug(model)}",
            title=f"{model} on {collection}",
            model=ModelSpec(model, revision),
            collection=CollectionSpec(collection),
        )

    def evaluated(self, evaluation: EvaluationSpec) -> "Experiment":
        """The same, scored in another way."""
        return self._with(evaluation, self.published, self.name)

    def first(self, queries: int) -> "Experiment":
        """The same on the first so many queries: another thing, to which no claim applies.

        Raises:
            InputError: the name cannot be that of a file.
        """
        published = replace(self.published, values={})
        return self._with(self.evaluation, published, f"{self.name}-first-{queries}")

    def _with(
        self, evaluation: EvaluationSpec, published: PublishedSpec, name: str
    ) -> "Experiment":
        """A deviation of what is neither published nor measured any more is left out."""
        names = _names(published, evaluation)
        limited = (deviation.limited_to(names) for deviation in self.deviations)
        return replace(
            self,
            name=name,
            evaluation=evaluation,
            published=published,
            deviations=tuple(deviation for deviation in limited if deviation),
        )

    @property
    def claims(self) -> Claims:
        """What a result of this experiment is compared with."""
        deviations = self.tolerated(_names(self.published, self.evaluation))
        return Claims(self.title, self.published.note, self.published.numbers, deviations)

    def tolerated(self, names: Collection[str]) -> tuple[Deviation, ...]:
        """The deviations measure by measure.

        A single `measure` goes before patterns, and a later pattern before an earlier one.

        Args:
            names: of the measures that a pattern may be about, without similarity functions.
        """
        single = {bare(one.measure) for one in self.deviations if one.measure}
        matched = {
            name: one
            for one in self.deviations
            for name in one.among(name for name in names if name not in single)
        }
        return tuple(
            Deviation(measure, float(one.tolerance), one.because)
            for one in self.deviations
            for measure in (
                [one.measure] if one.measure else [n for n, last in matched.items() if last is one]
            )
        )


def _names(published: PublishedSpec, evaluation: EvaluationSpec) -> tuple[str, ...]:
    """Every published and every measured number, without similarity functions."""
    return tuple(dict.fromkeys((*(n.name for n in published.numbers), *evaluation.names)))


def check_name(name: str) -> None:
    """Refuse a name that would not be that of one file in the folder of results.

    Raises:
        InputError: it is empty, too long, or has another character.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,150}", name):
        raise InputError(
            f"the name {name!r} cannot be that of a file: use letters, digits, points and dashes."
        )


def _slug(name: str) -> str:
    """A name as part of a file's name: `./my/Model_v2` gives `my-model_v2`."""
    plain = re.sub(r"[^a-z0-9._]+", "-", name.lower().removeprefix("asset:")).strip("-.")
    return plain[-60:].strip("-.") or "unnamed"


def shipped() -> tuple[str, ...]:
    """Names of the experiments that come with the package, the default one first."""
    names = sorted(path.stem for path in SHIPPED.glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != DEFAULT))


def by_model() -> tuple[tuple[Experiment, ...], ...]:
    """The shipped experiments, those of one model together, in the order of their first."""
    groups: dict[ModelSpec, list[Experiment]] = {}
    for name in shipped():
        experiment = open_experiment(name)
        groups.setdefault(replace(experiment.model, max_length=None), []).append(experiment)
    return tuple(map(tuple, groups.values()))


DEFAULT = "crowdrag-splade-tiny"
"""What is run when nothing is named."""


def open_experiment(name: str) -> Experiment:
    """Read a shipped experiment by its name, or any other from its file.

    Raises:
        InputError: there is none of that name, or the file is not a valid experiment.
        UnreachableError: the file may not be read.
    """
    path = expand(name) if name.endswith(".toml") else SHIPPED / f"{name}.toml"
    if not (is_file(path) if name.endswith(".toml") else name in shipped()):
        near = difflib.get_close_matches(name, shipped(), 1)
        hint = f"Did you mean '{near[0]}'?" if near else f"We have {', '.join(shipped())}."
        raise InputError(f"There is no experiment '{name}'. {hint}")
    return read_experiment(read_text(path, EXPERIMENT), str(path))


def read_experiment(text: str, source: str) -> Experiment:
    """Read an experiment from its TOML.

    Raises:
        InputError: with the file and the key that is wrong.
    """
    content = parse_toml(text, source)
    try:
        return read(Experiment, _with_new_names(content))
    except InputError as error:
        raise InputError(f"{source}: {error}") from error


def _with_new_names(content: dict[str, Any]) -> dict[str, Any]:
    """A file of harness 0.1.0 has `drop_query_itself` for what BEIR calls ignore_identical_ids."""
    evaluation = content.get("evaluation")
    if not isinstance(evaluation, Mapping) or "drop_query_itself" not in evaluation:
        return content
    if "ignore_identical_ids" in evaluation:
        raise InputError(
            "evaluation.drop_query_itself is the old name of ignore_identical_ids: give one of the "
            "two."
        )
    names = {"drop_query_itself": "ignore_identical_ids"}
    renamed = {names.get(key, key): value for key, value in evaluation.items()}
    return content | {"evaluation": renamed}
