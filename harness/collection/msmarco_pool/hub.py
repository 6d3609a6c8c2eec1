"""The pool from the data set that its author put on the hub; the only module that imports pyarrow.

`rasyosef/msmarco`, split `dev`: 55,577 rows of

=============  ====================================
`query_id`     MS MARCO's number
`query`        the text
`positives`    texts of the passages that were used
`negatives`    texts of the other candidates
=============  ====================================
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import harness.system.hub
from harness.collection import Collection
from harness.collection.msmarco_pool import FIRST, Row, first_queries, pool
from harness.errors import InputError
from harness.system.foreign_files import check_regular

NAME: Final = "msmarco-pool/hub"
DATASET: Final = "rasyosef/msmarco"
FILES: Final = ("dev-*.parquet", "*/dev-*.parquet")
"""The dev split as the library `datasets` names its files, in a folder or not."""

_COLUMNS = ["query_id", "query", "positives", "negatives"]
_ROWS = 1_024
"""Rows that are in memory at a time."""


def load(first: int = FIRST, revision: str = "main") -> Collection:
    """The pool of the first so many queries.

    Raises:
        InputError: the data set is gone, or is not of the shape above.
        UnreachableError: it is not in the hub's cache and cannot be fetched.
    """
    folder, commit = harness.system.hub.snapshot(DATASET, revision, FILES, "dataset")
    paths = sorted(path for pattern in FILES for path in folder.glob(pattern))
    if not paths:
        raise InputError(f"The hub's data set {DATASET} at {commit[:12]} has no dev-*.parquet.")
    name = NAME if first == FIRST else f"{NAME}:{first}"
    return pool(_rows(paths), name, f"{DATASET} (dev, {commit[:12]})", first)


def load_part(count: str) -> Collection:
    """The pool of `msmarco-pool/hub:200`.

    Raises:
        InputError: as `load`, or it is no number.
        UnreachableError: as `load`.
    """
    return load(first_queries(NAME, count))


def is_local() -> bool:
    """Whether the data set is in the hub's cache."""
    return any(
        harness.system.hub.has_snapshot(DATASET, "main", (files,), "dataset") for files in FILES
    )


def _rows(paths: list[Path]) -> Iterator[Row]:
    import pyarrow as pa
    from pyarrow import parquet

    for path in paths:
        check_regular(path)  # pyarrow would wait for a pipe
        try:
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(_ROWS, columns=_COLUMNS):
                    columns = (batch.column(name).to_pylist() for name in _COLUMNS)
                    for record in zip(*columns, strict=True):
                        yield _row(path, *record)
        except (OSError, KeyError, pa.ArrowException) as error:
            reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
            raise InputError(
                f"{path} is not a readable parquet file with the columns {', '.join(_COLUMNS)} "
                f"({reason}); remove it, and it is fetched again."
            ) from error


def _row(path: Path, number: Any, query: Any, positives: Any, negatives: Any) -> Row:  # noqa: ANN401 - checked here
    if isinstance(number, bool) or not isinstance(number, int | str):
        raise InputError(f"{path}: the id {number!r} of a query is neither a number nor a text.")
    texts = ([] if passages is None else passages for passages in (positives, negatives))
    used, other = (tuple(some) if isinstance(some, list) else (None,) for some in texts)
    if not all(isinstance(text, str) for text in (query, *used, *other)):
        raise InputError(f"{path}: query {number} has a text or a passage that is no text.")
    return Row(str(number), query, used, other)
