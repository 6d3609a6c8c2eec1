"""What a card says of the model's build: its description bullets and its printed module list."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from harness.card import Architecture
from harness.card.markdown import Fence, Line, printable

MOST_MODULES: Final = 40

_MODULE = re.compile(r"\((\w{1,60})\):\s{0,9}(\w{1,60}\(.{0,2000})")
_SETTING = re.compile(
    r"'(max_seq_length|pooling_strategy|pooling_mode|activation_function|word_embedding_dimension"
    r"|embedding_dimension|hidden_dim|k)':\s{0,9}(?:'([^']{1,60})'|([0-9]{1,9}))"
)
_OUTPUT = (
    ("SparseAutoEncoder(", "hidden_dim"),
    ("SpladePooling(", "word_embedding_dimension"),
    ("SpladePooling(", "embedding_dimension"),
)
"""Modules that give a sparse vector, and what they call its size. A dense `Pooling` before an
autoencoder has a `word_embedding_dimension` too, which is another thing."""

_STATIC = re.compile(r"SparseStaticEmbedding\(.{0,400}\bdim=([0-9]{1,9})")
_IN_ROUTER = re.compile(r"(\w{1,40}?)_[0-9]{1,3}_\w{1,60}")
"""The name of a module in a Router as sentence-transformers 5.0 wrote it: query_0_SpladePooling."""

_BULLET = re.compile(
    r"[-*]\s+\*\*(Maximum (?:Sequence|Query|Document) Length|Output Dimensionality"
    r"|Similarity Function|Model Type):\*\*\s+(.{1,120})"
)
_KIND = re.compile(r"(SparseEncoder|SentenceTransformer|CrossEncoder|MultiVectorEncoder)\(")
_KEPT = re.compile(r"([1-9][0-9]{0,8}) maximum active dimensions")


class _Module(NamedTuple):
    """A module as it is printed, and the route of the Router that it stands in, or ""."""

    route: str
    text: str


def read_architecture(blocks: Sequence[Fence], prose: Sequence[Line]) -> Architecture:
    """The build that a card states; the printed module list goes before the bullets.

    Of a Router the documents' way gives the settings, for it is the one with a language model in
    inference-free models; without one, the first module that gives a setting is taken.
    """
    modules = [module for block in blocks for module in _modules(block)][:MOST_MODULES]
    ordered = sorted(modules, key=lambda one: one.route != "document")
    settings: dict[str, str] = {}
    for module in ordered:
        for key, text, number in _SETTING.findall(module.text):
            settings.setdefault(key, text or number)
    bullets = {
        match[1]: match[2].strip()
        for line in prose
        if len(line.text) < 250 and (match := _BULLET.match(line.text.strip()))
    }
    kept = _KEPT.search(bullets.get("Output Dimensionality", ""))
    sparse = any(one.text.startswith("SparseAutoEncoder(") for one in modules)
    routes = dict.fromkeys(one.route for one in modules if one.route)
    return Architecture(
        max_seq_length=_whole(
            settings.get("max_seq_length") or bullets.get("Maximum Sequence Length")
        ),
        pooling=settings.get("pooling_strategy") or settings.get("pooling_mode"),
        activation=settings.get("activation_function"),
        similarity=_text(bullets.get("Similarity Function")),
        output_dims=_output_dims(modules) or _whole(bullets.get("Output Dimensionality")),
        modules=tuple(one.text for one in modules),
        kind=_text(_kind(blocks) or bullets.get("Model Type")),
        max_active_dims=_whole(kept[1] if kept else settings.get("k") if sparse else None),
        query_length=_whole(bullets.get("Maximum Query Length")),
        document_length=_whole(bullets.get("Maximum Document Length")),
        routes={name: tuple(m.text for m in modules if m.route == name) for name in routes},
    )


def _modules(block: Fence) -> Iterable[_Module]:
    """The modules of a printed list; what holds others is a route or nothing, by its brackets."""
    holders: list[str] = []
    for line in block.lines:
        text = line.text.strip() if len(line.text) < 4000 else ""
        found = _MODULE.fullmatch(text)
        if text == ")":
            holders[-1:] = []
        elif found and text.endswith("("):
            holders.append(found[1] if found[2] == "Sequential(" and holders else "")
        elif found:
            old = _IN_ROUTER.fullmatch(found[1])
            inside = [holder for holder in holders if holder and not holder.isdecimal()]
            route = inside[-1] if inside else old[1] if old else ""
            yield _Module(route, printable(found[2], 2000))


def _kind(blocks: Sequence[Fence]) -> str | None:
    """The class at the head of a printed module list, its first module on the next line."""
    for block in blocks:
        for line, following in pairwise(block.lines):
            found = _KIND.fullmatch(line.text.strip()) if len(line.text) < 100 else None
            if found and following.text.lstrip()[:4] == "(0):":
                return found[1]
    return None


def _output_dims(modules: Sequence[_Module]) -> int | None:
    """The size of the vectors by the first module that says what it puts out, an autoencoder's."""
    for name, size in _OUTPUT:
        for module in modules:
            for key, _, number in _SETTING.findall(module.text):
                if module.text.startswith(name) and key == size and (found := _whole(number)):
                    return found
    static = (_STATIC.match(module.text) for module in modules)
    return next((_whole(found[1]) for found in static if found), None)


def _whole(text: str | None) -> int | None:
    """The whole number that a text begins with; None where there is none above 0."""
    match = re.match(r"[1-9][0-9]{0,8}(?![0-9.])", (text or "").replace(",", ""))
    return int(match[0]) if match else None


def _text(text: str | None) -> str | None:
    return printable(text) if text else None
