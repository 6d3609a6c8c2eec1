"""What config_sentence_transformers.json says of a model: prompts, similarity, requirements."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any, Final, Literal, cast

from harness.checkpoint.files import is_there, read_object
from harness.errors import InputError
from harness.system.foreign_files import is_file

Similarity = Literal["dot", "cosine"]

_OURS: Final = "SparseEncoder"
_KNOWN_VERSIONS: Final = {"sentence-transformers": "6.2.0"}
"""Whose behaviour is reproduced here, whatever is installed."""


@dataclass(frozen=True)
class ModelConfig:
    """The settings of a model as sentence-transformers keeps them.

    Attributes:
        query_prompt, document_prompt: put before every text of that role.
        max_active_dims: only this many largest weights of a text are kept; None: all.
        similarity: between two vectors.
    """

    query_prompt: str = ""
    document_prompt: str = ""
    max_active_dims: int | None = None
    similarity: Similarity = "dot"


def read_model_config(folder: Path, *, requirements: bool = True) -> ModelConfig:
    """Read the settings of a whole model; a bare one without the file has the defaults.

    Args:
        folder: of the model.
        requirements: whether what the model demands of its environment is looked at.

    Raises:
        InputError: the model is no sparse encoder, needs what is not installed, or a setting is
            malformed or not supported.
    """
    path = folder / "config_sentence_transformers.json"
    config = read_object(path) if is_file(path) else {}
    kind = config.get("model_type", None if is_there(folder / "modules.json") else _OURS)
    if kind is None:
        raise InputError(
            f"{path}: no model_type says that the model is a {_OURS}: sentence-transformers takes "
            "it for a dense one and puts random weights behind it; add the model_type if it is one."
        )
    if kind != _OURS:
        raise InputError(f"{path}: model_type is {str(kind)[:80]!r}; only a {_OURS} is evaluated.")
    if requirements:
        _check_requirements(path, config.get("requirements"))
    similarity = config.get("similarity_fn_name") or "dot"
    if similarity not in ("dot", "cosine"):
        raise InputError(
            f"{path}: similarity is {str(similarity)[:80]!r}; the dot product and cosine are "
            "evaluated."
        )
    prompts = config.get("prompts") or {}
    if not isinstance(prompts, dict) or not all(
        isinstance(prompt, str | None) for prompt in prompts.values()
    ):
        raise InputError(f"{path}: prompts must map names to texts.")
    limit = config.get("max_active_dims")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise InputError(f"{path}: max_active_dims is {limit!r}; a whole number above 0 is needed.")
    # encode_query and encode_document of sentence-transformers use exactly these two names: both
    # always exist (empty by default), so default_prompt_name and "passage" never come into play.
    return ModelConfig(
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or "",
        max_active_dims=limit,
        similarity=cast("Similarity", similarity),
    )


def _check_requirements(path: Path, requirements: object) -> None:
    """Packages in versions that the model's author demands, as PEP 440 writes them."""
    if not requirements:
        return
    if not isinstance(requirements, dict):
        raise InputError(f"{path}: requirements must map packages to versions.")
    for name, demanded in requirements.items():
        asked = demanded.get("specifier", "") if isinstance(demanded, dict) else demanded
        found = _found("torch" if name == "pytorch" else name)
        if not _meets(path, name, asked, found):
            raise InputError(
                f"{path}: the model requires {name[:80]} {str(asked)[:80]}, and here it is "
                f"{found or 'not installed'}: what it would compute is not known."
            )


def _found(package: str) -> str | None:
    if package == "python":
        return python_version()
    if (known := _KNOWN_VERSIONS.get(package.replace("_", "-").lower())) is not None:
        return known
    try:
        return version(package)
    except (PackageNotFoundError, ValueError):
        return None


def _meets(path: Path, name: str, asked: Any, found: str | None) -> bool:  # noqa: ANN401 - of JSON
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return found is not None and SpecifierSet(asked, prereleases=True).contains(found)
    except (InvalidSpecifier, TypeError, AttributeError, ValueError) as error:
        raise InputError(
            f"{path}: the required version of {name[:80]} is {str(asked)[:80]!r}, which is none "
            "that PEP 440 knows."
        ) from error
