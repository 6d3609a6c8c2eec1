"""The tables of an experiment's file on its source: [published], [[examples]], [[deviations]]."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Any

from harness.claims.claims import check_tolerance
from harness.claims.published import PublishedNumber, bare, digits, measure_key, read
from harness.errors import InputError
from harness.system.records import CLOSED, StandsAs

Printed = Annotated[str, StandsAs(Any, lambda given: given, str)]
"""Digits as a source prints them. The file may hold anything: the record's own rule says why a
number without quotes is refused."""


@dataclass(frozen=True)
class PublishedSpec:
    """`[published]`: the numbers that a source claims, each as printed.

    Attributes:
        source: where they stand.
        note: what a reader must know of them.
        exact: the source prints doubles in full and drops trailing zeros, as front matter does.
        values: the printed digits of each measure.

    Raises:
        InputError: a value that is no text, no number or of no measure; values without a source.
    """

    __pydantic_config__ = CLOSED

    source: str = ""
    note: str = ""
    exact: bool = False
    values: Mapping[str, Printed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, printed in self.values.items():
            if not isinstance(printed, str):
                raise InputError(
                    f'published.values: write {key} = "{printed}" with quotes, so that the '
                    "precision that the source prints is kept."
                )
        if self.values and not self.source.strip():
            raise InputError("the key 'published.source' is missing: say where the values stand.")
        _ = self.numbers

    @cached_property
    def numbers(self) -> tuple[PublishedNumber, ...]:
        """The values with their measures and scales, in the order of the file."""
        return tuple(
            read(key, printed, self.source, exact=self.exact)
            for key, printed in self.values.items()
        )


@dataclass(frozen=True, kw_only=True)
class Example:
    """`[[examples]]`: a usage example; it proves that a checkpoint is the published one.

    Either queries are scored against documents, or the largest weights of one text are listed.

    Attributes:
        source: where it stands.
        queries: encoded as queries; the rows of `similarity`.
        documents: encoded as documents; its columns.
        similarity: the dot products with their printed digits, [queries][documents].
        text: encoded as a query.
        top_terms: its largest weights in the printed order: pairs of a vocabulary entry and digits.

    Raises:
        InputError: half of an example, both kinds at once, or what is printed is no number.
    """

    __pydantic_config__ = CLOSED

    source: str
    queries: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    similarity: tuple[tuple[Printed, ...], ...] = ()
    text: str = ""
    top_terms: tuple[tuple[Printed, ...], ...] = ()

    def __post_init__(self) -> None:
        if self.text or self.top_terms:
            self._check_top_terms()
        elif not self.queries or not self.documents:
            raise self._wrong("queries, documents and similarity are needed (or text, top_terms).")
        elif list(map(len, self.similarity)) != [len(self.documents)] * len(self.queries):
            raise self._wrong(
                "similarity must have a row for each query and in it a number for each document."
            )
        for printed in (text for row in self.printed for text in row):
            if not isinstance(printed, str):
                raise self._wrong(f"{printed} is no text; numbers in quotes keep their digits.")
            if digits(printed) != printed:
                raise self._wrong(f"{printed!r} is not a number.")

    @property
    def terms(self) -> tuple[str, ...]:
        """The vocabulary entries of `top_terms`."""
        return tuple(term for term, _ in self.top_terms)

    @property
    def printed(self) -> tuple[tuple[str, ...], ...]:
        """All printed numbers: the similarities, or the weights of the top terms as one row."""
        return (tuple(weight for _, weight in self.top_terms),) if self.text else self.similarity

    def _check_top_terms(self) -> None:
        if self.queries or self.documents or self.similarity:
            raise self._wrong("text and top_terms are an example of their own.")
        if not self.text:
            raise self._wrong("the key 'text' is missing.")
        if not self.top_terms or any(
            len(pair) != 2 or not isinstance(pair[0], str) for pair in self.top_terms
        ):
            raise self._wrong("top_terms must be pairs of a term and a weight.")

    def _wrong(self, what: str) -> InputError:
        return InputError(f"example '{self.source}': {what}")


@dataclass(frozen=True, kw_only=True)
class DeviationSpec:
    """`[[deviations]]`: a tolerated deviation of one measure or of several, with its reason.

    Attributes:
        measure: one key, with or without the similarity function before it.
        measures: or several, without it: `map@100`, or patterns such as `recall@*` and `*@*`.
        tolerance: how far measured and published may lie apart, either way; in the measure's scale:
            0 to 1 (0.003 for 0.3 points where the source prints percent), at most 0.1; of a count
            less than the count.
        because: why, with the evidence.

    Raises:
        InputError: no measure, both ways of naming one, no reason, or no usable tolerance.
    """

    __pydantic_config__ = CLOSED

    measure: str = ""
    measures: tuple[str, ...] = ()
    tolerance: float
    because: str

    def __post_init__(self) -> None:
        if bool(self.measure) == bool(self.measures):
            raise InputError("a deviation needs either `measure` or `measures`.")
        if self.measure and measure_key(self.measure) != self.measure:
            raise InputError(
                f"deviations: {self.measure!r} is not the key of a measure, such as ndcg@10."
            )
        if not self.because.strip():
            raise InputError("a deviation must say `because`.")
        check_tolerance(self.tolerance)

    def among(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the names (without similarity functions) that `measures` is about."""
        patterns = tuple(map(bare, self.measures))
        return tuple(name for name in names if any(fnmatchcase(name, one) for one in patterns))

    def check_names(self, names: Collection[str]) -> None:
        """Refuse a pattern that is about none of the names: most are misspelled.

        Raises:
            InputError: with the pattern.
        """
        for one in self.measures:
            if not replace(self, measures=(one,)).among(names):
                raise InputError(
                    f"deviations: {one!r} matches no published number and no measured score "
                    f"({', '.join(names)})."
                )

    def limited_to(self, names: Collection[str]) -> "DeviationSpec | None":
        """Without the patterns that are about none of the names; None where none is left."""
        if self.measure:
            return self
        kept = tuple(m for m in self.measures if replace(self, measures=(m,)).among(names))
        return replace(self, measures=kept) if kept else None
