"""Scores by measure: a mapping that any spelling of a measure finds its way in."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from harness.errors import InputError
from harness.measures.names import Measure, parse_name

Value = TypeVar("Value")


class ByKey(Mapping[str, Value]):
    """Values by the keys that cards print, in their order: `dot_ndcg@10`, `corpus_active_dims`.

    It answers to every spelling, with and without the similarity function: `["ndcg@10"]`.

    Args:
        values: by printed key.
    """

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)
        self._keys = {_bare(key): key for key in values}

    def __getitem__(self, name: str) -> Value:
        """The value of a measure.

        Raises:
            KeyError: it is not here, or no measure; the text says what there is.
        """
        if name in self._values:
            return self._values[name]
        key = self._keys.get(_bare(name))
        if key is None:
            raise KeyError(f"no {name} here; there is {', '.join(self)}")
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)


def _bare(name: str) -> str:
    """A measure's printed name without its similarity function; any other text as it is."""
    found = parse_name(name)
    return str(found.measure) if found else name


class ByMeasure(Mapping[str, Value]):
    """Values by the printed names of measures, in the order in which these were asked for.

    It answers to a `Measure` and to every spelling of it: `["ndcg@10"]`, `["nDCG@10"]`, `["R@1k"]`.

    Args:
        values: one for each measure.
    """

    def __init__(self, values: Mapping[Measure, Value]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: Measure | str) -> Value:
        """The value of a measure.

        Raises:
            KeyError: it is not here, or no measure; the text says what there is.
        """
        try:
            return self._values[Measure.parse(name) if isinstance(name, str) else name]
        except (KeyError, InputError, TypeError):
            raise KeyError(f"no {name} here; there is {', '.join(self)}") from None

    def __contains__(self, name: object) -> bool:
        try:
            self[name]  # type: ignore[index]  # whatever is no measure is not here
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return map(str, self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"{dict(self.items())!r}"
