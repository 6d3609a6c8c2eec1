"""The pool from the data set that its author put on the hub, and the only door to parquet files.

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

NAME: Final = "msmarco-pool/hub"
DATASET: Final = "rasyosef/msmarco"
FILES: Final = ("dev-*.parquet", "*/dev-*.parquet")
"""The dev split as the library `datasets` names its files, in a folder or not."""

_COLUMNS = ["query_id", "query", "positives", "negatives"]


def load(first: int = FIRST, revision: str = "main") -> Collection:
    """The pool of the first so many queries.

    Raises:
        InputError: the data set is gone, or is not of the shape above.
        UnreachableError: it is not in the hub's cache and can not be fetched.
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
    import pandas as pd

    for path in paths:
        try:
            frame = pd.read_parquet(path, columns=_COLUMNS)
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
            raise InputError(
                f"{path} is not a readable parquet file with the columns {', '.join(_COLUMNS)} "
                f"({reason}); remove it, and it is fetched again."
            ) from error
        for record in frame.itertuples(index=False, name=None):
            yield _row(path, *record)


def _row(path: Path, number: Any, query: Any, positives: Any, negatives: Any) -> Row:  # noqa: ANN401 - checked here
    texts = tuple(_texts(passages) for passages in (positives, negatives))
    if not isinstance(query, str) or not all(isinstance(t, str) for some in texts for t in some):
        raise InputError(f"{path}: query {number} has a text or a passage that is no text.")
    return Row(str(number), query, *texts)


def _texts(passages: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a list, an array, or None
    return () if passages is None else tuple(passages)
