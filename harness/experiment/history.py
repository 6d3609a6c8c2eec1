"""Why a baseline is what it is: the record of each replacement, kept in its own file."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import InputError
from harness.system.records import CLOSED


@dataclass(frozen=True, kw_only=True)
class BaselineChange:
    """Why a result took the place of another one as a baseline.

    Attributes:
        when: ISO 8601, in UTC.
        because: the reason that was given.
        replaced_weights_sha256: of the model before; None: there was no baseline.
        replaced: the scores before; None: likewise.

    Raises:
        InputError: no reason.
    """

    __pydantic_config__ = CLOSED

    when: str
    because: str
    replaced_weights_sha256: str | None = None
    replaced: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if not self.because.strip():
            raise InputError("the key 'baseline_history.because' is empty; a reason is needed.")
