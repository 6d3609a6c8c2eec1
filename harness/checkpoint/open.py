"""Open a checkpoint by the name of its model; `sources` says what names there are."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness.checkpoint import Checkpoint, static_weights, weights
from harness.checkpoint.hashes import CONFIGURATION, TOKENIZER_FILES, sha256
from harness.checkpoint.masked_lm import check_model
from harness.checkpoint.modules import all_modules
from harness.checkpoint.recipe import Route, read_routes
from harness.checkpoint.sources import FILES, PICKLES, resolve_model
from harness.checkpoint.stored import check_no_quantized, stored_tensors
from harness.errors import InputError
from harness.system import hub
from harness.system.foreign_files import is_file


def open_checkpoint(name: str, revision: str = "main", chosen: str | None = None) -> Checkpoint:
    """Find a checkpoint and read how it is run.

    Args:
        name: `asset:splade-tiny` for a shipped asset, a folder, or a hub id (`owner/name`).
        revision: a hub branch, tag or commit; a folder and an asset have none.
        chosen: `pytorch_model.bin` where the weights are to be read from that pickle (tensors
            only); None: from safetensors. Where a folder of a role lacks the pickle, its
            safetensors are read.

    Raises:
        InputError: there is nothing of that name, it is not a SPLADE masked language model, or it
            has no such weights.
        UnreachableError: it would have to be fetched and cannot be.
    """
    pickled = weights.check_choice(chosen)
    files = (*FILES, *PICKLES) if pickled else FILES
    folder, commit = resolve_model(name, revision, files).load()
    routes = read_routes(folder)
    configuration = sha256(_configuration(folder, (routes.query.folder, routes.document.folder)))

    def checkpoint(route: Route) -> Checkpoint:
        _check(route, pickled)
        files = _weights(route, pickled, lambda place: _listed(name, commit, folder, place))
        return Checkpoint(
            id=name,
            revision=commit,
            folder=route.folder,
            recipe=route.recipe,
            weights_sha256=sha256(files),
            tokenizer_sha256=sha256(p for n in TOKENIZER_FILES if is_file(p := route.folder / n)),
            configuration_sha256=configuration,
            weights=files,
            weighting=route.weighting,
            autoencoder=route.autoencoder,
            similarity=routes.similarity,
        )

    documents = checkpoint(routes.document)
    if routes.query != routes.document:
        documents = replace(documents, queries=checkpoint(routes.query))
    if pickled and not any(one.pickled for one in (documents, documents.queries) if one):
        raise InputError(
            f"{folder}: there is no {weights.PICKLE}, which --weights asks for; without it "
            f"{documents.weights[0].name} is read."
        )
    return documents


def _check(route: Route, pickled: bool) -> None:
    """Look at a route's files, before anything heavy is loaded."""
    if route.recipe.kind != "static":
        check_model(route.folder, masked_lm=route.recipe.kind == "masked-lm")
        weights.check_weights(route.folder)
    if route.autoencoder is not None:
        weights.check_weights(route.autoencoder)
    for place in _tables(route):
        static_weights.check_static(place, pickled=pickled)


def _tables(route: Route) -> list[Path]:
    """The folders of a route's static weights."""
    own = [route.folder] if route.recipe.kind == "static" else []
    return [*own, *([route.weighting] if route.weighting else [])]


def _weights(
    route: Route, pickled: bool, listed: Callable[[Path], tuple[str, ...]]
) -> tuple[Path, ...]:
    """The files of a route's weights, those of the model in the order of their names.

    Raises:
        InputError: there are none, a pickle is more than tensors, two shards hold one tensor, or
            weights are quantized.
    """
    places = [] if route.recipe.kind == "static" else [route.folder]
    places += [route.autoencoder] if route.autoencoder else []
    own: list[Path] = []
    for place in places:
        found = weights.weight_files(place, pickled=pickled)
        if not found:
            raise weights.no_weights(place, partial(listed, place))
        own += found
    files = (*own, *(static_weights.table(place, pickled=pickled) for place in _tables(route)))
    check_no_quantized(route.folder, stored_tensors(files))
    return files


def _listed(name: str, commit: str, folder: Path, place: Path) -> tuple[str, ...]:
    """Names of the files that lie in one folder of a repository, also of those not fetched."""
    if not commit:
        return ()
    begin = place.relative_to(folder).as_posix().removeprefix(".")
    names = (path.rpartition("/") for path in hub.about(name, commit).files)
    return tuple(file for above, _, file in names if above == begin)


def _configuration(folder: Path, routes: tuple[Path, Path]) -> list[Path]:
    """The configurations in the folders of a checkpoint's modules, the tokenizer's aside.

    What else lies there is not read: results of an evaluation, say, or a trainer's log.
    """
    places = {folder, *routes, *(module.folder for module in all_modules(folder))}
    return [
        path
        for place in sorted(places)
        for path in sorted({path for pattern in CONFIGURATION for path in place.glob(pattern)})
        if path.name not in TOKENIZER_FILES and is_file(path)
    ]
