"""The terms that stand in a text: what an encoder's tokenizer makes of it, without the model.

The tokenizers library reads tokenizer.json by itself, in hundredths of a second, where
transformers takes two seconds to import. What transformers might add of its own shows in the number
of tokens, which a shard of vectors keeps: where the two disagree, transformers is asked after all.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checkpoint import Checkpoint
from harness.checkpoint.files import read_object
from harness.checkpoint.foreign_code import refused
from harness.checkpoint.masked_lm import load_tokenizer, lowercase
from harness.checkpoint.modules import Role
from harness.encoder import EncoderFacts
from harness.encoder.steps import prompted
from harness.encoder.tokens import FastTokenizer, unknown_id
from harness.system.foreign_files import is_file
from harness.system.native_streams import silenced

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NAMED = ("masked-lm", "static")
"""The kinds of models whose dimensions are the entries of a vocabulary."""


def own_tokens(
    checkpoint: Checkpoint,
    facts: EncoderFacts,
    role: Role,
    texts: Sequence[str],
    tokens: int | None = None,
) -> tuple[frozenset[int], ...]:
    """The vocabulary entries that stand in each text as the encoder sees it, prompt included.

    Args:
        checkpoint: that encodes texts of the role, of a kind in `NAMED`.
        facts: of its encoder: the tokens that are kept of a text.
        role: of the texts.
        texts: to be taken apart.
        tokens: how many tokens these texts had when they were encoded; None: not known.

    Raises:
        InputError: the tokenizer is damaged.
    """
    special = checkpoint.recipe.kind != "static"
    given = prompted(texts, checkpoint.recipe, role)
    path = checkpoint.folder / "tokenizer.json"
    if is_file(path):
        backend = _read(path, checkpoint, facts.max_length)
        found = _tokenize(backend, facts.max_length, given, special=special)
        if tokens is None or tokens == sum(len(ids) for ids in found):
            return tuple(map(frozenset, found))
    backend, length = load_tokenizer(checkpoint.folder, checkpoint.recipe)
    return tuple(map(frozenset, _tokenize(backend, length, given, special=special)))


def _tokenize(
    backend: "Tokenizer", length: int, texts: Sequence[str], *, special: bool
) -> list[list[int]]:
    one = FastTokenizer(backend, length, unknown_id(backend), special_tokens=special)(texts)
    return [one.ids[a:b].tolist() for a, b in zip(one.offsets[:-1], one.offsets[1:], strict=True)]


def _read(path: Path, checkpoint: Checkpoint, length: int) -> "Tokenizer":
    from tokenizers import Tokenizer

    settings = path.with_name("tokenizer_config.json")
    side = read_object(settings).get("truncation_side") if is_file(settings) else None
    with refused(f"{path}: the tokenizer cannot be loaded"), silenced():
        backend = Tokenizer.from_file(str(path))
        if checkpoint.recipe.lowercase:
            lowercase(backend)
        backend.enable_truncation(length, direction="left" if side == "left" else "right")
        backend.no_padding()
    return backend
