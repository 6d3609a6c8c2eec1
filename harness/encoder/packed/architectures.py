"""Which models run without padding: one row for each architecture."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

import torch

from harness.encoder import Body
from harness.encoder.packed import mpnet
from harness.encoder.packed.bert import BERT, ELECTRA, ROBERTA, read_bert
from harness.encoder.packed.distilbert import read_distilbert
from harness.encoder.packed.modernbert import EVERYWHERE, NEAR, read_modernbert
from harness.encoder.packed.mpnet import read_mpnet
from harness.encoder.products import Products

Demands = Mapping[str, tuple[Any, ...]]

_ENCODER: Final[Demands] = {
    "position_embedding_type": ("absolute",),
    "is_decoder": (False,),
    "add_cross_attention": (False,),
}
_GELU: Final[Demands] = {"hidden_act": ("gelu",), **_ENCODER}


def _anything(config: Any) -> bool:  # noqa: ANN401 - transformers' configs have no common type
    del config
    return True


def _mpnet_distance(config: Any) -> int:  # noqa: ANN401
    del config
    return mpnet.FARTHEST


def _no_distance(config: Any) -> int:  # noqa: ANN401
    del config
    return 1


class PackedArchitecture(NamedTuple):
    """One row.

    Attributes:
        read: makes the body of a model whose settings are understood.
        demands: the values that a setting may have; one that is absent is as it should be.
        understood: what cannot be said as such a list.
        distance: tokens farther apart than that are treated as those of no lesser distance are, so
            that a proof needs a text that is longer.
    """

    read: Callable[[torch.nn.Module, Products], Body]
    demands: Demands
    understood: Callable[[Any], bool] = _anything
    distance: Callable[[Any], int] = _no_distance


def _plain_rotary(config: Any) -> bool:  # noqa: ANN401
    """Each layer of a known kind, its positions turned by one base without any scaling."""
    kinds, turns = getattr(config, "layer_types", None), getattr(config, "rope_parameters", None)
    if not kinds or not set(kinds) <= {EVERYWHERE, NEAR} or not isinstance(turns, dict):
        return False
    asked = [turns.get(kind) for kind in set(kinds)]
    return all(
        isinstance(one, dict)
        and one.get("rope_type") == "default"
        and set(one) == {"rope_type", "rope_theta"}
        for one in asked
    )


def _counted(config: Any) -> bool:  # noqa: ANN401
    """There is a padding id that positions can be counted after."""
    return isinstance(getattr(config, "pad_token_id", None), int)


_ROBERTA_TYPES: Final = ("roberta", "xlm-roberta", "camembert")

ARCHITECTURES: dict[str, PackedArchitecture] = {
    "bert": PackedArchitecture(partial(read_bert, names=BERT), _GELU),
    "electra": PackedArchitecture(partial(read_bert, names=ELECTRA), _GELU),
    **{
        name: PackedArchitecture(partial(read_bert, names=ROBERTA), _GELU, _counted)
        for name in _ROBERTA_TYPES
    },
    "distilbert": PackedArchitecture(read_distilbert, {"activation": ("gelu",), **_ENCODER}),
    "mpnet": PackedArchitecture(
        read_mpnet,
        {**_GELU, "relative_attention_num_buckets": (mpnet.BUCKETS,)},
        distance=_mpnet_distance,
    ),
    "modernbert": PackedArchitecture(
        read_modernbert,
        {
            "hidden_activation": ("gelu",),
            "classifier_activation": ("gelu",),
            "head_dim": (None,),
            **_ENCODER,
        },
        _plain_rotary,
        distance=lambda config: int(config.local_attention) // 2,
    ),
}
"""By config.json's model_type. What is not here runs as transformers runs it."""


def architecture_of(model: torch.nn.Module) -> PackedArchitecture | None:
    """The row of a model; None: there is none, or a setting of it is not understood.

    Args:
        model: a masked language model of transformers.
    """
    config: Any = model.config
    row = ARCHITECTURES.get(getattr(config, "model_type", ""))
    if row is None or not row.understood(config):
        return None
    asked = (getattr(config, name, allowed[0]) in allowed for name, allowed in row.demands.items())
    return row if all(asked) else None
