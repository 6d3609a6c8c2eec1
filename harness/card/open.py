"""From what a user types to a model card: a README, a folder that holds one, or a hub id."""

import re
from pathlib import Path
from typing import Final, NamedTuple

from harness.card import Card
from harness.card.read import read_card
from harness.checkpoint.sources import resolve_model
from harness.errors import InputError
from harness.system.foreign_files import is_file, read_text
from harness.system.paths import expand

README: Final = "README.md"


class Opened(NamedTuple):
    """A card, and whose it is.

    Attributes:
        card: what it claims.
        model_id: the hub id or the folder; for a lone file the id in its usage example, else the
            card's name where that can be an id, else the file's.
        revision: the commit on the hub, or `main` where it did not come from there.
    """

    card: Card
    model_id: str
    revision: str


def open_card(source: str, revision: str = "main") -> Opened:
    """Read the card of a model.

    Args:
        source: a file, a folder with a README.md, or a hub id (`owner/name`).
        revision: a hub branch, tag or commit.

    Raises:
        InputError: there is no such card, or it is no text.
        UnreachableError: it would have to be fetched and cannot be.
    """
    path = expand(source)
    if is_file(path):
        card = _read(path)
        named = card.usage.model_id if card.usage else ""
        return Opened(card, named or _id_like(card.name) or path.stem, "main")
    found = resolve_model(source, revision, (README,))
    if found.asset:
        raise InputError(f"'{source}' comes without a card: give the hub id of the model.")
    folder, commit = found.load()
    return Opened(_read(folder / README), source, commit or "main")


def _id_like(name: str) -> str:
    """The name of a card where it can be the model's id; "" for a title such as `SPLADE model`."""
    return name if re.fullmatch(r"[\w.-]{1,96}(/[\w.-]{1,96})?", name) else ""


def _read(path: Path) -> Card:
    if not is_file(path) and not path.is_dir():
        raise InputError(f"There is no {path}: the model has no card.")
    return read_card(read_text(path), path.name)
