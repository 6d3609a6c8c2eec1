"""What a card says of the training: losses, regularizer weights, hyperparameters, sizes."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from harness.card import Training
from harness.card.front_matter import FrontMatter
from harness.card.markdown import Fence, Line, plain, printable

MOST_HYPERPARAMETERS: Final = 500

_LOSS = re.compile(r"[*-]\s+Loss:\s+(.{1,300})")
_SIZE = re.compile(r"[*-]\s+Size:\s+([0-9][0-9,]{0,15}) training samples")
_BULLET = re.compile(r"[-*]\s+`(\w{1,80})`:\s?(.{0,300})")


def read_training(front: FrontMatter, blocks: Sequence[Fence], prose: Sequence[Line]) -> Training:
    """The facts on training that a card states, the body's before the tags'."""
    short = [line.text.strip() for line in prose if len(line.text) < 600]
    losses = [plain(match[1]).split(" ")[0] for text in short if (match := _LOSS.match(text))]
    losses += [tag[5:] for tag in front.tags if tag.startswith("loss:")]
    settings = _loss_settings(blocks)
    inner = settings.get("loss")
    losses[1:1] = [inner] if isinstance(inner, str) and losses else []
    sizes = [match[1] for text in short if (match := _SIZE.match(text))]
    sizes += [tag[13:] for tag in front.tags if re.fullmatch(r"dataset_size:[0-9]{1,15}", tag)]
    hyperparameters: dict[str, str] = {}
    for text in short:
        match = _BULLET.fullmatch(text)
        if match and len(hyperparameters) < MOST_HYPERPARAMETERS:
            hyperparameters.setdefault(match[1], printable(match[2], 300))
    return Training(
        losses=tuple(dict.fromkeys(printable(loss) for loss in losses)),
        document_weight=_weight(settings, "document_regularizer_weight"),
        query_weight=_weight(settings, "query_regularizer_weight"),
        hyperparameters=hyperparameters,
        dataset_size=int(sizes[0].replace(",", "")) if sizes else None,
        base_model=printable(front.base_model, 200) or None,
    )


def _loss_settings(blocks: Sequence[Fence]) -> Mapping[str, object]:
    """The first JSON block that names a regularizer's weight, else an empty mapping."""
    for block in blocks:
        text = "\n".join(line.text for line in block.lines[:200])
        if block.info == "json" and "regularizer_weight" in text and len(text) < 20_000:
            try:
                settings = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(settings, dict):
                return settings
    return {}


def _weight(settings: Mapping[str, object], key: str) -> float | None:
    value = settings.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e9 and math.isfinite(value) else None
