"""Weights that are stored as anything but float32 are said."""

import pytest
import torch
from safetensors.torch import save_file

from harness.checkpoint.stored import stored_dtypes, stored_tensors


@pytest.mark.parametrize(
    ("kind", "name"),
    [(torch.float16, "float16"), (torch.bfloat16, "bfloat16"), (torch.float64, "float64")],
)
def test_another_type_is_counted(tmp_path, kind, name):
    tensors = {"a": torch.zeros(2, dtype=kind), "b": torch.zeros(2), "ids": torch.zeros(1).long()}
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    (said,) = stored_dtypes(stored_tensors(tmp_path.glob("*.safetensors")))
    assert said.startswith(f"Of 3 stored tensors 1 as {name}; all are computed in float32")


def test_float32_is_silent(tmp_path):
    save_file({"a": torch.zeros(2), "ids": torch.zeros(1).long()}, tmp_path / "x.safetensors")
    assert stored_dtypes(stored_tensors(tmp_path.glob("*.safetensors"))) == ()


@pytest.mark.parametrize("content", [b"", b"\xff" * 9, b"\x02" + bytes(7) + b"[]"])
def test_a_damaged_file_is_left_to_whoever_loads_it(tmp_path, content):
    (tmp_path / "x.safetensors").write_bytes(content)
    assert stored_dtypes(stored_tensors(tmp_path.glob("*.safetensors"))) == ()
