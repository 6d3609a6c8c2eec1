"""How a checkpoint wants to be run, read from its own files: one route for each role.

A model is a bare masked language model (naver's, our default checkpoint), which is run as
sentence-transformers runs it: max pooling over log(1 + relu(logits)); or a list of modules as
sentence-transformers writes it, which may be another for queries than for documents.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, NamedTuple, cast

from harness.checkpoint.autoencoder_config import read_k, read_pooling_mode
from harness.checkpoint.chat import check_no_chat
from harness.checkpoint.files import read_object
from harness.checkpoint.model_config import ModelConfig, Similarity, read_model_config
from harness.checkpoint.modules import Module, Role, modules_of, read_modules
from harness.checkpoint.transformer_config import read_transformer_config
from harness.errors import InputError, UnsupportedModelError
from harness.system.foreign_files import is_file, is_folder

Kind = Literal["masked-lm", "static", "autoencoder", "sentence-transformers"]
Pooling = Literal["max", "sum", "mean", "cls"]
Activation = Literal["relu", "log1p_relu"]
Step = Literal["static weights", "normalize"]


@dataclass(frozen=True)
class Recipe:
    """What turns a text into a vector, beside the weights.

    Attributes:
        layout: which of the two layouts the files have.
        max_length: tokens kept of a text, special tokens included; None: the tokenizer's own.
        pooling: `max` (SPLADE v2, arXiv 2109.10086) or `sum` (arXiv 2107.05720) over tokens; before
            an autoencoder `mean`, `cls` (the first token's) or `max`.
        activation: `relu` gives log(1 + relu(x)); `log1p_relu` takes log(1 + .) once more
            (arXiv 2504.14839).
        query_prompt: put before every query.
        document_prompt: put before every document.
        max_active_dims: only this many largest weights of a text are kept; None: all.
        lowercase: lower-case the text before the tokenizer sees it.
        kind: `masked-lm`, pooled; or `static`: each term of the text has the weight that stands
            in a table, without a model (inference-free, arXiv 2411.04403); or `autoencoder`: the
            code of the pooled vector (arXiv 2503.01776); or
            `sentence-transformers`: what its modules are is left to that.
        steps: what is done to the vector then: multiplied by static weights where the text has
            the term, or divided by its norm.
        normalized: a pooled vector is divided by its norm before the autoencoder.
    """

    layout: Literal["sentence-transformers", "bare"] = "bare"
    max_length: int | None = None
    pooling: Pooling = "max"
    activation: Activation = "relu"
    query_prompt: str = ""
    document_prompt: str = ""
    max_active_dims: int | None = None
    lowercase: bool = False
    kind: Kind = "masked-lm"
    steps: tuple[Step, ...] = ()
    normalized: bool = False


class Route(NamedTuple):
    """The way of the texts of one role.

    Attributes:
        recipe: how they are encoded.
        folder: of the transformer, or of the static weights; with the tokenizer.
        weighting: of the static weights that come after a transformer.
        autoencoder: of the autoencoder that does.
    """

    recipe: Recipe
    folder: Path
    weighting: Path | None = None
    autoencoder: Path | None = None


class Routes(NamedTuple):
    """Both ways, and how their vectors are compared."""

    query: Route
    document: Route
    similarity: Similarity


def read_routes(folder: Path) -> Routes:
    """Read how the checkpoint in `folder` is run.

    Raises:
        InputError: a file is missing or malformed, or a module is one we do not evaluate.
    """
    if not is_folder(folder):
        raise InputError(f"{folder} is not a folder: give a folder with a checkpoint, or a hub id.")
    if not read_modules(folder) and not (folder / "modules.json").exists():
        check_no_chat(folder)
        return Routes(Route(Recipe(), folder), Route(Recipe(), folder), "dot")
    config = read_model_config(folder)
    query, document = (
        _route(folder, modules_of(folder, role), role, config) for role in ("query", "document")
    )
    return Routes(query, document, config.similarity)


def _route(folder: Path, modules: list[Module], role: Role, config: ModelConfig) -> Route:
    names = tuple(module.name for module in modules)
    first = next((names[:n] for n in range(len(names), 0, -1) if names[:n] in LAYOUTS), None)
    then = names[len(first or ()) :]
    if first is None or not all(name in STEPS for name in then) or then.count("Normalize") > 1:
        raise UnsupportedModelError(
            f"{folder}: the modules {' + '.join(names) or '(none)'} are not supported; what is "
            "evaluated is a masked language model with SpladePooling, a SparseStaticEmbedding, or "
            "a Transformer with Pooling and SparseAutoEncoder, and behind them static weights and "
            "Normalize."
        )
    weightings = [m.folder for m in modules[len(first) :] if m.name == "SparseStaticEmbedding"]
    if len(weightings) > 1 or (weightings and first == ("SparseStaticEmbedding",)):
        raise UnsupportedModelError(
            f"{folder}: static weights behind static weights are not supported."
        )
    for module in modules[len(first) :]:
        if module.name == "Normalize":
            _check_normalize(module.folder / "config.json")
    route = LAYOUTS[first]([module.folder for module in modules[: len(first)]], role)
    recipe = replace(
        route.recipe,
        layout="sentence-transformers",
        query_prompt=config.query_prompt,
        document_prompt=config.document_prompt,
        max_active_dims=config.max_active_dims or route.recipe.max_active_dims,
        steps=tuple(STEPS[name] for name in then),
    )
    return route._replace(recipe=recipe, weighting=weightings[0] if weightings else None)


def _splade(modules: list[Path], role: Role, module: str = "Transformer") -> Route:
    """A masked language model under SpladePooling."""
    transformer, pooling = modules
    config = read_transformer_config(transformer, module)
    if config.task != "fill-mask":
        path = transformer / "sentence_bert_config.json"
        raise UnsupportedModelError(
            f"{path}: transformer_task is {config.task!r} (as for a Transformer where nothing "
            "is said); only fill-mask gives SPLADE vectors."
        )
    length = config.query_length if role == "query" else config.document_length
    recipe = _read_pooling(pooling / "config.json")
    return Route(replace(recipe, max_length=length, lowercase=config.lowercase), transformer)


def _masked_lm(modules: list[Path], role: Role) -> Route:
    """The same under the name that it had until sentence-transformers 5.3."""
    return _splade(modules, role, "MLMTransformer")


def _static(modules: list[Path], role: Role) -> Route:  # noqa: ARG001 - of no role
    """A table of weights."""
    return Route(Recipe(kind="static"), modules[0])


def _autoencoder(modules: list[Path], role: Role, *, normalized: bool = False) -> Route:
    """A sparse autoencoder behind a transformer's pooled vectors."""
    transformer, pooling, autoencoder = modules
    config = read_transformer_config(transformer, "Transformer")
    if config.task != "feature-extraction":
        raise InputError(
            f"{transformer}: transformer_task is {config.task!r}; an autoencoder needs the vectors "
            "of feature-extraction."
        )
    recipe = Recipe(
        kind="autoencoder",
        max_length=config.query_length if role == "query" else config.document_length,
        pooling=cast("Pooling", read_pooling_mode(pooling)),
        max_active_dims=read_k(autoencoder),
        lowercase=config.lowercase,
        normalized=normalized,
    )
    return Route(recipe, transformer, autoencoder=autoencoder)


def _normalized_autoencoder(modules: list[Path], role: Role) -> Route:
    """The same with a Normalize before the autoencoder."""
    transformer, pooling, normalize, autoencoder = modules
    _check_normalize(normalize / "config.json")
    return _autoencoder([transformer, pooling, autoencoder], role, normalized=True)


def _check_normalize(path: Path) -> None:
    config = read_object(path) if is_file(path) else {}
    other = [name for name, value in config.items() if value not in (None, "sentence_embedding")]
    if other:
        raise UnsupportedModelError(
            f"{path}: {other[0][:80]!r} is not sentence_embedding, which is what is divided by its "
            "norm here."
        )


LAYOUTS: Final[dict[tuple[str, ...], Callable[[list[Path], Role], Route]]] = {
    ("MLMTransformer", "SpladePooling"): _masked_lm,
    ("Transformer", "SpladePooling"): _splade,
    ("SparseStaticEmbedding",): _static,
    ("Transformer", "Pooling", "SparseAutoEncoder"): _autoencoder,
    ("Transformer", "Pooling", "Normalize", "SparseAutoEncoder"): _normalized_autoencoder,
}
"""What reads the files of each kind of model: by the classes of its first modules in their order, a
function of those modules' folders and the role. A kind is added by a row here and, if its vectors
are computed in a new way, by a head in `harness.encoder.heads`."""

STEPS: Final[dict[str, Step]] = {
    "SparseStaticEmbedding": "static weights",
    "Normalize": "normalize",
}
"""What may follow them."""


def _read_pooling(path: Path) -> Recipe:
    config = read_object(path)
    pooling = config.get("pooling_strategy", "max")
    activation = config.get("activation_function", "relu")
    if pooling not in ("max", "sum"):
        raise InputError(f"{path}: pooling_strategy is {pooling!r}; max and sum are known.")
    if activation not in ("relu", "log1p_relu"):
        raise InputError(
            f"{path}: activation_function is {activation!r}; relu, log1p_relu are known."
        )
    known = ("pooling_strategy", "activation_function", "chunk_size")  # the last: how, not what
    other = [k for k, v in config.items() if v and k not in known and not k.endswith("_dimension")]
    if other:
        raise InputError(f"{path}: {other[0][:80]!r} is no setting of SpladePooling.")
    return Recipe(pooling=cast("Pooling", pooling), activation=cast("Activation", activation))
