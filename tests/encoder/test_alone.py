"""Bodies whose vectors depend on their batch are found out when they are opened."""

import json

import pytest
import torch
from transformers import ConvBertConfig, ConvBertForMaskedLM, FNetConfig, FNetForMaskedLM

from harness.checkpoint.open import open_checkpoint
from harness.encoder import EncoderOptions
from harness.encoder.build import build_encoder
from harness.errors import InputError
from tests.support import models


def convbert(tokenizer):
    torch.manual_seed(0)
    return ConvBertForMaskedLM(
        ConvBertConfig(
            vocab_size=len(tokenizer),
            embedding_size=models.HIDDEN,
            hidden_size=models.HIDDEN,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=64,
            max_position_embeddings=models.POSITIONS,
            initializer_range=0.3,
        )
    )


def fnet(tokenizer):
    torch.manual_seed(0)
    return FNetForMaskedLM(
        FNetConfig(
            vocab_size=len(tokenizer),
            hidden_size=models.HIDDEN,
            num_hidden_layers=2,
            intermediate_size=64,
            max_position_embeddings=models.POSITIONS,
            initializer_range=0.3,
        )
    )


def opened(folder, make, padding_side="right", tokenizer=models.word_pieces):
    chosen = tokenizer()
    models.save(folder, make(chosen), chosen)
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"padding_side": padding_side}))
    return build_encoder(open_checkpoint(str(folder)), EncoderOptions(device="cpu", threads=1))


@pytest.mark.parametrize("make", [convbert, fnet])
def test_layers_that_see_the_padding_are_refused(tmp_path, make):
    with pytest.raises(InputError, match=r"depend on the batch size|on a padded batch"):
        opened(tmp_path, make)


def test_learned_positions_and_padding_on_the_left_are_refused(tmp_path):
    with pytest.raises(InputError, match="fills batches up on the left"):
        opened(tmp_path, models.bert, "left")


def test_positions_that_are_counted_from_the_text_bear_padding_on_the_left(tmp_path):
    encoder = opened(tmp_path, models.roberta, "left", models.byte_pairs)
    assert len(encoder.encode(["yeast"], "query").vectors)
