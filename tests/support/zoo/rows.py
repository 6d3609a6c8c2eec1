"""The registry: every checkpoint of the zoo, and which test module looks at it."""

from typing import Any

import pytest

from tests.support.zoo import Row
from tests.support.zoo.details import ROWS as DETAILS
from tests.support.zoo.heads import ROWS as HEADS
from tests.support.zoo.others import ROWS as OTHERS
from tests.support.zoo.plain import ROWS as PLAIN
from tests.support.zoo.refusals import ROWS as REFUSALS
from tests.support.zoo.routers import ROWS as ROUTERS
from tests.support.zoo.routes import ROWS as ROUTES
from tests.support.zoo.settings import ROWS as SETTINGS

ROWS: list[Row] = [*PLAIN, *ROUTERS, *ROUTES, *SETTINGS, *REFUSALS, *OTHERS, *HEADS, *DETAILS]

MODULES = {
    "plain": ("splade", "bare", "files", "left"),
    "settings": ("settings", "by role", "stored", "pickled", "requires"),
    "routers": ("static", "two", "lexical", "routed", "unrouted"),
    "refused": ("obeyed", "task", "chat", "foreign", "no encoder", "other similarity"),
    "others": (
        "cosine",
        "csr",
        "normalize",
        "by batch",
        "larger",
        "deberta",
        "left to",
        "another head",
        "causal",
        "remote",
    ),
}
"""The kinds that tests/pipeline/test_zoo_{name}.py looks at: so that two cores share them."""


def parameters(module: str) -> list[Any]:
    """The rows of a test module; one that awaits work must fail until that is there."""
    kinds = MODULES[module.rsplit("_", 1)[-1]]
    return [
        pytest.param(
            row,
            id=f"{row.kind}: {row.name}",
            marks=[pytest.mark.xfail(strict=True, reason=row.awaits)] if row.awaits else [],
        )
        for row in ROWS
        if row.kind in kinds
    ]
