"""What the headers of files of weights say; what cannot be read is left to whoever loads it."""

import pytest
import torch
from safetensors.torch import save_file

from harness.checkpoint.stored import stored_tensors
from harness.errors import InputError


def save(path, **tensors):
    save_file(tensors, path, metadata={"format": "pt"})
    return path


def test_names_types_and_shapes_in_the_order_of_names(tmp_path):
    path = save(
        tmp_path / "x.safetensors",
        b=torch.zeros(2, 3),
        a=torch.zeros(1, dtype=torch.bfloat16),
        ids=torch.zeros(0, 4).long(),
        eight=torch.zeros(2).to(torch.float8_e4m3fn),
    )
    assert stored_tensors([path]) == (
        ("a", "bfloat16", (1,)),
        ("b", "float32", (2, 3)),
        ("eight", "float8_e4m3fn", (2,)),
        ("ids", "I64", (0, 4)),
    )


@pytest.mark.parametrize("content", [b"", b"\xff" * 9, b"\x02" + bytes(7) + b"[]"])
def test_a_damaged_file_is_left_to_whoever_loads_it(tmp_path, content):
    (tmp_path / "x.safetensors").write_bytes(content)
    assert stored_tensors([tmp_path / "x.safetensors"]) == ()


def test_one_tensor_in_two_files_of_a_folder_is_refused(tmp_path):
    first = save(tmp_path / "1.safetensors", a=torch.zeros(2), b=torch.zeros(2))
    second = save(tmp_path / "2.safetensors", b=torch.ones(2))
    with pytest.raises(InputError, match=r"2\.safetensors holds b, as 1\.safetensors does"):
        stored_tensors([first, second])
    (tmp_path / "other").mkdir()
    elsewhere = save(tmp_path / "other" / "2.safetensors", b=torch.ones(2))
    assert len(stored_tensors([first, elsewhere])) == 3
