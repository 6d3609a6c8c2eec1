"""How a checkpoint wants to be run, read from its own files.

Two layouts are understood: that of sentence-transformers (`modules.json` naming a masked language
model and a SpladePooling), and a bare masked language model (naver's, our default checkpoint),
which is run as sentence-transformers runs it: max pooling over log(1 + relu(logits)).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from harness.errors import InputError
from harness.system import json_files
from harness.system.foreign_files import is_file, is_folder

Pooling = Literal["max", "sum"]
Activation = Literal["relu", "log1p_relu"]

_TRANSFORMER_CONFIGS = tuple(
    f"sentence_{kind}_config.json"
    for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
)
"""Names that sentence-transformers has given one and the same file over the years."""


@dataclass(frozen=True)
class Recipe:
    """What turns a text into a vector, beside the weights.

    Attributes:
        layout: which of the two layouts the files have.
        max_length: tokens kept of a text, special tokens included; None: the tokenizer's own.
        pooling: `max` (SPLADE v2, arXiv 2109.10086) or `sum` (arXiv 2107.05720) over tokens.
        activation: `relu` gives log(1 + relu(x)); `log1p_relu` takes log(1 + .) once more
            (arXiv 2504.14839).
        query_prompt: put before every query.
        document_prompt: put before every document.
        max_active_dims: only this many largest weights of a text are kept; None: all.
        lowercase: lower-case the text before the tokenizer sees it.
    """

    layout: Literal["sentence-transformers", "bare"] = "bare"
    max_length: int | None = None
    pooling: Pooling = "max"
    activation: Activation = "relu"
    query_prompt: str = ""
    document_prompt: str = ""
    max_active_dims: int | None = None
    lowercase: bool = False


def read_recipe(folder: Path) -> tuple[Recipe, Path]:
    """Read how the checkpoint in `folder` is run, and where its transformer lies.

    Raises:
        InputError: a file is missing or malformed, or a module is one we do not evaluate.
    """
    if not is_folder(folder):
        raise InputError(f"{folder} is not a folder: give a folder with a checkpoint, or a hub id.")
    if not is_file(folder / "modules.json"):
        return Recipe(), folder
    modules = read_modules(folder)
    names = tuple(module.name for module in modules)
    if names not in LAYOUTS:
        raise InputError(
            f"{folder}: the modules {' + '.join(names) or '(none)'} are not supported; only a "
            "masked language model followed by SpladePooling is evaluated (no router, no "
            "inference-free query encoder, no CSR autoencoder)."
        )
    return LAYOUTS[names](folder, [module.folder for module in modules])


class Module(NamedTuple):
    """One line of modules.json: the class without its package, and the folder of its files."""

    name: str
    folder: Path


def read_modules(folder: Path) -> list[Module]:
    """The modules of a checkpoint in their order; none for a bare masked language model.

    Raises:
        InputError: modules.json is malformed, or leads out of the folder.
    """
    path = folder / "modules.json"
    if not is_file(path):
        return []
    modules = read_json(path)
    if not isinstance(modules, list) or not all(isinstance(m, dict) for m in modules):
        raise InputError(f"{path}: expected a list of modules.")
    return [
        Module(str(m.get("type", "")).rsplit(".", 1)[-1], _inside(folder, str(m.get("path", ""))))
        for m in modules
    ]


def _splade(folder: Path, modules: list[Path]) -> tuple[Recipe, Path]:
    """A masked language model under SpladePooling."""
    transformer, pooling = modules
    recipe = replace(_read_pooling(pooling / "config.json"), layout="sentence-transformers")
    return _with_model_config(_with_transformer_config(recipe, transformer), folder), transformer


LAYOUTS: dict[tuple[str, ...], Callable[[Path, list[Path]], tuple[Recipe, Path]]] = {
    ("MLMTransformer", "SpladePooling"): _splade,
    ("Transformer", "SpladePooling"): _splade,
}
"""What reads the files of each kind of model: by the classes of its modules in their order, a
function of the checkpoint's folder and the modules' folders. A kind is added by a row here and, if
its vectors are computed in a new way, by a head in `harness.encoder.heads`."""


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON is any of six types until looked at
    """Parse a JSON file.

    Raises:
        InputError: it is missing or does not parse.
        UnreachableError: it may not be read.
    """
    if not is_file(path) and not path.is_dir():
        raise InputError(f"{path} is missing: the checkpoint is incomplete.")
    return json_files.read_json(path)


def read_object(path: Path) -> dict[str, Any]:
    """Parse a JSON file that holds one object.

    Raises:
        InputError: it is missing, does not parse, or holds something else.
        UnreachableError: it may not be read.
    """
    config = read_json(path)
    if not isinstance(config, dict):
        raise InputError(f"{path}: expected an object.")
    return config


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
    return Recipe(pooling=cast("Pooling", pooling), activation=cast("Activation", activation))


def _with_transformer_config(recipe: Recipe, transformer: Path) -> Recipe:
    path = next((p for n in _TRANSFORMER_CONFIGS if is_file(p := transformer / n)), None)
    config = read_object(path) if path else {}
    task = config.get("transformer_task", "fill-mask")
    if task != "fill-mask":
        raise InputError(
            f"{path}: transformer_task is {task!r}; only fill-mask gives SPLADE vectors."
        )
    # Since sentence-transformers 5.4 the length may be given to the tokenizer instead.
    nested = config.get("processor_kwargs") or config.get("tokenizer_args") or {}
    if not isinstance(nested, dict):
        raise InputError(f"{path}: the arguments of the tokenizer must be an object.")
    length = nested.get("model_max_length", config.get("max_seq_length"))
    if length is not None and (not isinstance(length, int) or length < 3):
        raise InputError(
            f"{path}: max_seq_length is {length!r}; a whole number of 3 or more is needed."
        )
    return replace(recipe, max_length=length, lowercase=bool(config.get("do_lower_case", False)))


def _with_model_config(recipe: Recipe, folder: Path) -> Recipe:
    path = folder / "config_sentence_transformers.json"
    config = read_object(path) if is_file(path) else {}
    similarity = config.get("similarity_fn_name") or "dot"
    if similarity != "dot":
        raise InputError(
            f"{path}: similarity is {similarity!r}; only the dot product is evaluated."
        )
    prompts = config.get("prompts") or {}
    if not isinstance(prompts, dict) or not all(
        isinstance(prompt, str | None) for prompt in prompts.values()
    ):
        raise InputError(f"{path}: prompts must map names to texts.")
    limit = config.get("max_active_dims")
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise InputError(f"{path}: max_active_dims is {limit!r}; a whole number above 0 is needed.")
    # encode_query and encode_document of sentence-transformers use exactly these two names: both
    # always exist (empty by default), so default_prompt_name and "passage" never come into play.
    return replace(
        recipe,
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or "",
        max_active_dims=limit,
    )


def _inside(folder: Path, relative: str) -> Path:
    try:
        target = (folder / relative).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"{folder / 'modules.json'}: {relative[:100]!r} is no path ({error})."
        ) from error
    if not target.is_relative_to(folder.resolve()):
        raise InputError(
            f"{folder / 'modules.json'}: the path {relative!r} leads out of the folder."
        )
    return folder / relative
