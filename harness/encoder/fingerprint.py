"""What decides a bit of a vector: the fingerprint, and how an encoder is asked for.

The *fingerprint* names vectors in the cache. It is taken over everything that can move a bit: every
file of the checkpoint that is read, the versions of what reads them, the implementation that runs,
the processor and what steers its products, and the batch budget. Two fingerprints may well give
equal bits; one fingerprint never gives two.

The *request* is the same before anything is loaded: what was asked for, with all that decides what
comes of it. What an encoder turned out to be is kept under its request (see `open`), so that a
second evaluation need not load it to know where its vectors lie.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from harness.checkpoint import Checkpoint
from harness.encoder import EncoderOptions
from harness.encoder.screen.native import runnable
from harness.system.processor import generation, may_have_gpu, processor

VERSION: Final = 5
"""Raise it when a change of this package changes a bit."""

_PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "llvmlite", "numpy")
_STEERING = (
    "ATEN_CPU_CAPABILITY",
    "BLIS_ARCH_TYPE",
    "CUBLAS_WORKSPACE_CONFIG",
    "DISABLE_ADDMM_CUDA_LT",
    "DNNL_DEFAULT_FPMATH_MODE",
    "DNNL_MAX_CPU_ISA",
    "MKL_CBWR",
    "MKL_DEBUG_CPU_TYPE",
    "MKL_ENABLE_INSTRUCTIONS",
    "NVIDIA_TF32_OVERRIDE",
    "NVPL_BLAS_DEBUG_CPU_TYPE",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "TORCH_BLAS_PREFER_CUBLASLT",
)
"""Environment variables that choose among the kernels of torch's matrix products."""


def fingerprint(checkpoint: Checkpoint, chosen: Mapping[str, Any]) -> str:
    """The fingerprint of an encoder.

    Args:
        checkpoint: what is run.
        chosen: how: head, body, products, device, precision, batch budget.
    """
    return _digest({"checkpoint": _files(checkpoint), **chosen, "machine": machine()})


def request(checkpoint: Checkpoint, options: EncoderOptions) -> str:
    """What is asked for, as a key: all that decides which encoder comes of it."""
    asked = asdict(options) | {"device": _device(options.device), "kernels": runnable()}
    if options.encoder != "harness":
        asked["encoder"] = f"{options.encoder} {_version(options.encoder)}"
    del asked["threads"]  # no batch sees how many others run beside it
    return _digest({"checkpoint": _files(checkpoint), **asked, "machine": machine()})


def is_cpu(device: str) -> bool:
    """Whether a device is known to be the processor without asking torch."""
    return device == "cpu" or (device == "auto" and not may_have_gpu())


def machine() -> dict[str, Any]:
    """What of this machine decides a bit: packages, processor, what steers its products."""
    return {
        "encoder": VERSION,
        "packages": _versions(),
        "processor": processor(),
        "generation": generation(),
        "steered by": {name: os.environ[name] for name in _STEERING if name in os.environ},
    }


def _files(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "weights": checkpoint.weights_sha256,
        "tokenizer": checkpoint.tokenizer_sha256,
        "configuration": checkpoint.configuration_sha256,
        "recipe": asdict(checkpoint.recipe),
    }


def _device(name: str) -> str:
    if is_cpu(name):
        return "cpu"
    from harness.encoder.device import describe

    return describe(name)


@cache
def _versions() -> dict[str, str]:
    """Of the packages that read the files or compute; none is imported for it."""
    return {package: _version(package) for package in _PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _digest(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
