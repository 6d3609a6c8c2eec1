"""Where the weights of a checkpoint lie: in safetensors of its own folder, and nowhere else."""

import re
from pathlib import Path
from typing import Final

from harness.checkpoint.files import read_object
from harness.errors import InputError

_SHARD: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.safetensors")


def check_weights(folder: Path) -> None:
    """Refuse an adapter, and an index that leads to a pickle (it would be loaded) or elsewhere.

    Raises:
        InputError: the index of weights names what is no safetensors file of this folder, or an
            adapter changes the weights.
    """
    path = folder / "model.safetensors.index.json"
    shards = read_object(path).get("weight_map") if path.exists() else {}
    for name in shards.values() if isinstance(shards, dict) else (shards,):
        if not (isinstance(name, str) and _SHARD.fullmatch(name)):
            raise InputError(
                f"{path}: {str(name)[:80]!r} is no safetensors file of this folder; save the model "
                "again (model.save_pretrained does) and try again."
            )
    if (folder / "adapter_config.json").exists():
        raise InputError(
            f"{folder}: adapter_config.json says that an adapter changes the weights, which is not "
            "done here: save the model with its adapter merged (merge_and_unload)."
        )
