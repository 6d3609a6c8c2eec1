"""Language models and tokenizers: the only module that imports transformers; float32.

Safetensors, or where it is asked for a pickle of tensors only; no remote code: what a checkpoint
brings is data.
"""

import json
import logging
import os
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.checkpoint.files import read_object
from harness.checkpoint.foreign_code import refused
from harness.checkpoint.other_models import kind_of
from harness.checkpoint.recipe import Recipe
from harness.checkpoint.settings import architectures, check_settings
from harness.checkpoint.stored import stored_tensors
from harness.checkpoint.tokenizer_settings import check_token_types, lower_cases, whole_length
from harness.checkpoint.weights import weight_files
from harness.errors import InputError
from harness.system.foreign_files import is_file
from harness.system.native_streams import silenced

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

_VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "sentencepiece.bpe.model",
    "spiece.model",
)
_FROM_ZERO = ("bert", "distilbert", "electra")
_AFTER_PADDING = ("roberta", "xlm-roberta", "camembert", "mpnet")
"""Architectures that learn their positions; these number them from the padding token's id on, so
that of 514 positions 512 can be used."""

_BESIDE = re.compile(
    r"(^|\.)(position_ids|token_type_ids|inv_freq|pooler|seq_relationship|sop_classifier"
    r"|classifier|discriminator_predictions|mask_predictions|qa_outputs)(\.|$)"
)
"""Stored weights that a masked language model rightly leaves out: buffers that are computed, and
the heads of other tasks that are trained behind the same encoder (next sentence, order of
sentences, replaced tokens, a class). Whatever else is left out is a part of the encoder."""

_HEADS = re.compile(
    _BESIDE.pattern + r"|^(cls|lm_head|vocab_|generator|predictions|lm_predictions)"
)
"""Likewise for a model that is taken without a head: its vocabulary head."""

_POOLER = re.compile(r"(^|\.)pooler\.")
"""Made new where it is not stored; no vector of a token goes through it."""

_PROBE = "one two three four five six seven eight"
"""Longer than the least length, so that it is cut."""

_UNLIMITED = 1 << 30
"""A length that no text has; transformers writes 10^30 where a tokenizer has no limit."""


def check_model(folder: Path, *, masked_lm: bool = True) -> None:
    """Look at the files, before anything heavy is loaded.

    Args:
        folder: of the transformer.
        masked_lm: whether its vocabulary head is needed.

    Raises:
        InputError: no config, not a masked language model, remote code, or no tokenizer.
    """
    config = read_object(folder / "config.json")
    classes = architectures(folder, config)
    if config.get("auto_map"):
        raise InputError(f"{folder}: the model needs its own Python code, which is never run here.")
    if masked_lm and not any(name.endswith("ForMaskedLM") for name in classes):
        named = ", ".join(classes) or "nothing"
        raise InputError(
            f"{folder}: config.json names {named}, which is not a masked language model "
            f"(…ForMaskedLM) but {kind_of(folder, classes)}; a SPLADE encoder needs the "
            "vocabulary head."
        )
    # Without a vocabulary transformers makes an empty tokenizer, to which every word is unknown.
    if not any(is_file(folder / name) for name in _VOCABULARIES):
        raise InputError(
            f"{folder}: there is no tokenizer ({' or '.join(_VOCABULARIES[:2])}); save the one "
            "that the model was trained with beside it."
        )


def load_model(folder: Path, *, masked_lm: bool = True, pickled: bool = False) -> "torch.nn.Module":
    """Load the model in float32 for inference.

    Args:
        folder: of the transformer.
        masked_lm: with its vocabulary head; else without any head.
        pickled: whether its weights are read from a pickle. transformers loads one by
            `torch.load(weights_only=True)`, after it was looked at (`harness.checkpoint.pickled`).

    Raises:
        InputError: damaged weights, sizes in config.json that they do not have, or weights that
            the model lacks (transformers would fill them with random numbers and only warn) or has
            no place for (it would leave them out).
    """
    _quiet()
    stored = stored_tensors(weight_files(folder, pickled=pickled))
    shapes = [tensor.shape for tensor in stored]
    check_settings(folder, read_object(folder / "config.json"), shapes)
    from transformers import AutoModel, AutoModelForMaskedLM

    kind = AutoModelForMaskedLM if masked_lm else AutoModel
    with refused(f"{folder}: the model cannot be loaded"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, info = kind.from_pretrained(
            folder,
            dtype="float32",
            use_safetensors=not pickled,
            trust_remote_code=False,
            local_files_only=True,
            ignore_mismatched_sizes=True,  # they are refused below, by name
            output_loading_info=True,
        )
    _check_names(folder, info, _BESIDE if masked_lm else _HEADS)
    broken = [name for name, weight in model.named_parameters() if not weight.isfinite().all()]
    if broken:
        raise InputError(
            f"{folder}: the weights {broken[0]} hold NaN or infinite numbers: the checkpoint is "
            "damaged, fetch or save it again."
        )
    return model.eval().requires_grad_(False)  # type: ignore[no-any-return]


def _check_names(folder: Path, info: dict[str, Any], beside: re.Pattern[str]) -> None:
    """Every weight of the model is stored in its shape, and every stored weight is used.

    Raises:
        InputError: one is not.
    """
    misfits = sorted(str(name) for name, *_ in info["mismatched_keys"])
    if misfits:
        raise InputError(
            f"{folder}: the weights {', '.join(misfits[:3])} ({len(misfits)} tensors in all) have "
            "another shape than config.json says."
        )
    missing = sorted(name for name in map(str, info["missing_keys"]) if not _POOLER.search(name))
    if missing:
        raise InputError(
            f"{folder}: the weights lack {', '.join(missing[:3])} ({len(missing)} tensors in all); "
            "without them the model would be random in part."
        )
    unused = sorted(name for name in map(str, info["unexpected_keys"]) if not beside.search(name))
    if unused:
        raise InputError(
            f"{folder}: the weights {', '.join(unused[:3])} ({len(unused)} tensors in all) have no "
            "place in the model of config.json: it asks for fewer layers, or for another "
            "architecture, than was saved."
        )


def load_tokenizer(folder: Path, recipe: Recipe) -> "tuple[Tokenizer, int]":
    """The tokenizer, set to truncate and not to pad, and the tokens it keeps of a text.

    The length is sentence-transformers': max_seq_length where the recipe has one, else the
    tokenizer's, and never more than the positions that the model has.

    Raises:
        InputError: no tokenizer, or none that the fast tokenizers library can run, or a length
            that the model has no positions for.
    """
    _quiet()
    from transformers import AutoTokenizer

    what = f"{folder}: the tokenizer cannot be loaded"
    with refused(what), silenced(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tokenizer = AutoTokenizer.from_pretrained(
            folder, use_fast=True, trust_remote_code=False, local_files_only=True
        )
    if not tokenizer.is_fast:
        raise InputError(f"{folder}: the tokenizer has no fast form (tokenizer.json is missing).")
    length = _length(folder, recipe, whole_length(folder, tokenizer.model_max_length))
    backend: Tokenizer = tokenizer.backend_tokenizer
    if recipe.lowercase:
        lowercase(backend)
    with refused(f"{folder}: the tokenizer cannot keep {length} tokens of a text"), silenced():
        backend.enable_truncation(length, direction=tokenizer.truncation_side)
        backend.no_padding()
        types = backend.encode(_PROBE).type_ids
    if recipe.kind != "static":
        check_token_types(folder, tokenizer.model_input_names, types)
    return backend, length


def pads_left(folder: Path) -> bool:
    """Whether the tokenizer fills a batch up on the left, as its files say."""
    path = folder / "tokenizer_config.json"
    return is_file(path) and read_object(path).get("padding_side") == "left"


def _length(folder: Path, recipe: Recipe, tokenizer: int) -> int:
    config = read_object(folder / "config.json")
    kind, positions = config.get("model_type"), config.get("max_position_embeddings")
    if not isinstance(positions, int) or positions < 1:
        return min(recipe.max_length or tokenizer, _UNLIMITED)
    if kind in _AFTER_PADDING:
        pad = config.get("pad_token_id", 1)
        positions -= 1 + (pad if isinstance(pad, int) else 1)
    if recipe.max_length is None:
        return min(tokenizer, positions)
    if recipe.max_length > positions and kind in (*_FROM_ZERO, *_AFTER_PADDING):
        raise InputError(
            f"{folder}: {recipe.max_length} tokens are to be kept of a text, and the model has "
            f"positions for {positions}; give a smaller max_length."
        )
    return recipe.max_length


def lowercase(backend: "Tokenizer") -> None:
    """Lower-case every text first, as sentence-transformers does where a model says so."""
    from tokenizers import normalizers

    first = normalizers.Lowercase()
    then = backend.normalizer
    if then is None:
        backend.normalizer = first
    elif not lower_cases(json.loads(then.__getstate__())):
        backend.normalizer = normalizers.Sequence([first, then])


def _quiet() -> None:
    """Keep transformers from reporting and drawing bars on stderr while it loads."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    logging.getLogger("transformers").setLevel(logging.ERROR)
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
