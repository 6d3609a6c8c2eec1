"""The registry of models: what a name means, in one place.

======================  ===========================================================================
`asset:splade-tiny`     a checkpoint among the assets (`harness.assets.table`); a new one is one
                        more entry there
a folder                a checkpoint on this machine
`owner/name`            a repository of the hub, at a branch, tag or commit
======================  ===========================================================================
"""

from functools import partial

from harness.assets import Source, asset_source, fetch, folder_source
from harness.errors import InputError
from harness.system import hub
from harness.system.foreign_files import is_file, is_folder
from harness.system.paths import expand

FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*/*.json", "*/*.safetensors")
"""What a checkpoint consists of. ONNX and OpenVINO files are not fetched at all."""

PICKLES = ("pytorch_model*.bin", "*/pytorch_model*.bin")
"""What is fetched beside them where it is asked for, and else not."""

_LEAST = (("config.json", "*.safetensors"), ("config.json", "pytorch_model*.bin"))
"""Without the one or the other there is no checkpoint."""

_ASSET = "asset:"


def resolve_model(
    name: str, revision: str = "main", files: tuple[str, ...] = FILES
) -> Source[hub.Snapshot]:
    """The source of a model: it loads a folder, and the commit on the hub ("" where it has none).

    Args:
        name: as in the table above.
        revision: a hub branch, tag or commit; a folder and an asset have none.
        files: patterns of what is fetched of a repository of the hub.

    Raises:
        InputError: the name can mean nothing; what the hub lacks is told when it is loaded.
    """
    if name.startswith(_ASSET):
        asset = name.removeprefix(_ASSET)
        return asset_source(name, asset, lambda: hub.Snapshot(fetch(asset), ""))
    place = expand(name)
    if name and is_folder(place):
        return folder_source(name, lambda: hub.Snapshot(place, ""))
    if name and is_file(place):
        raise InputError(f"{name} is a file; give the folder that holds the checkpoint.")
    hub.check_repository_id(name)
    return Source(
        f"{name}@{revision[:12]}",
        partial(hub.snapshot, name, revision, files),
        lambda: any(hub.has_snapshot(name, revision, files) for files in _LEAST),
        origin="hub",
    )
