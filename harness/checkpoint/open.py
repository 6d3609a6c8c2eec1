"""Open a checkpoint by the name of its model; `sources` says what names there are."""

from dataclasses import replace
from pathlib import Path

from harness.checkpoint import Checkpoint, static_weights, weights
from harness.checkpoint.hashes import CONFIGURATION, TOKENIZER_FILES, sha256
from harness.checkpoint.masked_lm import check_model
from harness.checkpoint.modules import all_modules
from harness.checkpoint.recipe import Route, read_routes
from harness.checkpoint.sources import resolve_model
from harness.system.foreign_files import is_file


def open_checkpoint(name: str, revision: str = "main") -> Checkpoint:
    """Find a checkpoint and read how it is run.

    Args:
        name: `asset:splade-tiny` for a shipped asset, a folder, or a hub id (`owner/name`).
        revision: a hub branch, tag or commit; a folder and an asset have none.

    Raises:
        InputError: there is nothing of that name, or it is not a SPLADE masked language model.
        UnreachableError: it would have to be fetched and cannot be.
    """
    folder, commit = resolve_model(name, revision).load()
    routes = read_routes(folder)
    configuration = sha256(_configuration(folder, (routes.query.folder, routes.document.folder)))

    def checkpoint(route: Route) -> Checkpoint:
        _check(route)
        return Checkpoint(
            id=name,
            revision=commit,
            folder=route.folder,
            recipe=route.recipe,
            weights_sha256=sha256(_weights(route)),
            tokenizer_sha256=sha256(p for n in TOKENIZER_FILES if is_file(p := route.folder / n)),
            configuration_sha256=configuration,
            weighting=route.weighting,
            autoencoder=route.autoencoder,
            similarity=routes.similarity,
        )

    documents = checkpoint(routes.document)
    if routes.query == routes.document:
        return documents
    return replace(documents, queries=checkpoint(routes.query))


def _check(route: Route) -> None:
    """Look at a route's files, before anything heavy is loaded."""
    if route.recipe.kind != "static":
        check_model(route.folder, masked_lm=route.recipe.kind == "masked-lm")
        weights.check_weights(route.folder)
    if route.autoencoder is not None:
        weights.check_weights(route.autoencoder)
    for place in _tables(route):
        static_weights.check_static(place)


def _tables(route: Route) -> list[Path]:
    """The folders of a route's static weights."""
    own = [route.folder] if route.recipe.kind == "static" else []
    return [*own, *([route.weighting] if route.weighting else [])]


def _weights(route: Route) -> list[Path]:
    """The files of a route's weights, in the order of their names."""
    places = [] if route.recipe.kind == "static" else [route.folder]
    places += [route.autoencoder] if route.autoencoder else []
    own = [path for place in places for path in sorted(place.glob("*.safetensors"))]
    return [*own, *(static_weights.table(place) for place in _tables(route))]


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
