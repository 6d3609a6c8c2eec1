"""From a checkpoint to a model that runs on this machine: weights loaded, kernels chosen."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from harness.checkpoint import Checkpoint
from harness.checkpoint.masked_lm import load_model, pads_left
from harness.checkpoint.recipe import Kind
from harness.checkpoint.static_weights import read_static
from harness.encoder import (
    AUTO,
    Body,
    EncoderOptions,
    Model,
    Products,
)
from harness.encoder.alone import check_alone
from harness.encoder.best_head import best_head
from harness.encoder.body import PaddedBody, SplitModel, split_model
from harness.encoder.device import torch_device
from harness.encoder.loaded import LoadedEncoder
from harness.encoder.opening import PROBE, embeddings_of, facts_of, tokenizer_of
from harness.encoder.other_kinds import build_autoencoder, build_static
from harness.encoder.packed.readers import FARTHEST
from harness.encoder.packed.registry import packed_body
from harness.encoder.precision import compute_in
from harness.encoder.products import multiply_by, products_for
from harness.encoder.static import StaticEncoder
from harness.encoder.steps import Steps
from harness.encoder.tokens import FastTokenizer
from harness.errors import InputError
from harness.system.cores import usable_cores
