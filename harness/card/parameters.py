"""What an evaluator was given, as a card prints it above a table.

sentence-transformers writes `with these parameters:` and a block of JSON: max_active_dims,
truncate_dim, query_prompt, query_prompt_name, corpus_prompt, corpus_prompt_name.
"""

import ast
import json
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from harness.card.markdown import Fence, printable

LONGEST: Final = 20_000
"""Characters of one block of parameters."""

MOST: Final = 50
"""Parameters of one evaluator."""


class Parameters(NamedTuple):
    """The parameters of an evaluation, each value as text; `unread` where a block is damaged."""

    values: Mapping[str, str] = {}
    unread: bool = False


def parameters_of(blocks: Sequence[Fence]) -> Parameters:
    """The parameters in the blocks above a table; those of the last one that has any."""
    found = Parameters()
    for block in blocks:
        text = "\n".join(line.text for line in block.lines[:500]).strip()
        if block.info != "json" or not text.startswith("{"):
            continue
        values = _mapping(text) if len(text) <= LONGEST else None
        found = Parameters(unread=True) if values is None else Parameters(values)
    return found


def _mapping(text: str) -> dict[str, str] | None:
    """The object of a block: JSON, or as Python prints a dictionary."""
    try:
        try:
            value = json.loads(text)
        except ValueError:
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    if not isinstance(value, dict) or len(value) > MOST:
        return None
    return {
        printable(str(key)): one if isinstance(one, str) else json.dumps(one, default=str)
        for key, one in value.items()
        if one is not None
    }
