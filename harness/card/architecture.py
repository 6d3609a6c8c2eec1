"""What a card says of the model's build: its description bullets and its printed module list."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from harness.card import Architecture
from harness.card.markdown import Fence, Line, printable

MOST_MODULES: Final = 40

_MODULE = re.compile(r"\(\w{1,60}\):\s{0,9}(\w{1,60}\(.{0,2000})")
_SETTING = re.compile(
    r"'(max_seq_length|pooling_strategy|activation_function|word_embedding_dimension|hidden_dim)'"
    r":\s{0,9}(?:'([^']{1,60})'|([0-9]{1,9}))"
)
_OUTPUT = (("SparseAutoEncoder(", "hidden_dim"), ("SpladePooling(", "word_embedding_dimension"))
"""Modules that give a sparse vector, and what they call its size. A dense `Pooling` before an
autoencoder has a `word_embedding_dimension` too, which is another thing."""
_BULLET = re.compile(
    r"[-*]\s+\*\*(Maximum Sequence Length|Output Dimensionality|Similarity Function|Model Type)"
    r":\*\*\s+(.{1,120})"
)
_KIND = re.compile(r"(SparseEncoder|SentenceTransformer|CrossEncoder|MultiVectorEncoder)\(")
_KEPT = re.compile(r"([1-9][0-9]{0,8}) maximum active dimensions")


def read_architecture(blocks: Sequence[Fence], prose: Sequence[Line]) -> Architecture:
    """The build that a card states; the printed module list goes before the bullets.

    The first module that gives a setting is taken: where a Router holds an encoder for queries and
    one for documents, both lines stand in `modules` for a reader to see.
    """
    modules = tuple(
        printable(match[1], 2000)
        for block in blocks
        for line in block.lines
        if len(line.text) < 4000 and (match := _MODULE.fullmatch(line.text.strip()))
    )[:MOST_MODULES]
    settings: dict[str, str] = {}
    for module in modules:
        for key, text, number in _SETTING.findall(module):
            settings.setdefault(key, text or number)
    bullets = {
        match[1]: match[2].strip()
        for line in prose
        if len(line.text) < 200 and (match := _BULLET.match(line.text.strip()))
    }
    kept = _KEPT.search(bullets.get("Output Dimensionality", ""))
    return Architecture(
        max_seq_length=_whole(
            settings.get("max_seq_length") or bullets.get("Maximum Sequence Length")
        ),
        pooling=settings.get("pooling_strategy"),
        activation=settings.get("activation_function"),
        similarity=_text(bullets.get("Similarity Function")),
        output_dims=_output_dims(modules) or _whole(bullets.get("Output Dimensionality")),
        modules=modules,
        kind=_text(_kind(blocks) or bullets.get("Model Type")),
        max_active_dims=_whole(kept[1] if kept else None),
    )


def _kind(blocks: Sequence[Fence]) -> str | None:
    """The class at the head of a printed module list, its first module on the next line."""
    for block in blocks:
        for line, following in pairwise(block.lines):
            found = _KIND.fullmatch(line.text.strip()) if len(line.text) < 100 else None
            if found and following.text.lstrip()[:4] == "(0):":
                return found[1]
    return None


def _output_dims(modules: Sequence[str]) -> int | None:
    """The size of the vectors by the first module that says what it puts out, an autoencoder's."""
    for name, size in _OUTPUT:
        for module in modules:
            for key, _, number in _SETTING.findall(module if module.startswith(name) else ""):
                if key == size and (found := _whole(number)):
                    return found
    return None


def _whole(text: str | None) -> int | None:
    """The whole number that a text begins with; None where there is none above 0."""
    match = re.match(r"[1-9][0-9]{0,8}(?![0-9.])", (text or "").replace(",", ""))
    return int(match[0]) if match else None


def _text(text: str | None) -> str | None:
    return printable(text) if text else None
