"""In which type weights are stored, and sentence-transformers runs them: it is asked itself."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.checkpoint.number_types import number_types, stored_dtype
from harness.checkpoint.open import open_checkpoint

HALF, BRAIN, SINGLE, DOUBLE = torch.float16, torch.bfloat16, torch.float32, torch.float64
EIGHT = torch.float8_e4m3fn
FIRST, LARGEST = "embeddings.LayerNorm.bias", "word_embeddings"


@pytest.fixture
def make(tiny_bert, tmp_path):
    """A checkpoint stored in a type (of some weights in another), as config.json says."""

    def call(dtype, config, other=None, part=None, *, pickled=False):
        folder = shutil.copytree(tiny_bert, tmp_path / "model")
        tensors = load_file(folder / "model.safetensors")
        tensors = {n: t.to(other if part and part in n else dtype) for n, t in tensors.items()}
        path = folder / "config.json"
        kept = {k: v for k, v in json.loads(path.read_text()).items() if "dtype" not in k}
        path.write_text(json.dumps(kept | config))
        if pickled:
            (folder / "model.safetensors").unlink()
            torch.save(tensors, folder / "pytorch_model.bin")
        else:
            save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    return call


def theirs(folder):
    """The type in which sentence-transformers has the model; None: it does not load it."""
    from sentence_transformers import SparseEncoder

    try:
        model = SparseEncoder(str(folder), device="cpu", local_files_only=True)
    except Exception:  # noqa: BLE001 - of whatever class
        return None
    (dtype,) = {str(one.dtype).removeprefix("torch.") for one in model.parameters()}
    return dtype


CASES = [
    (SINGLE, {}),
    (SINGLE, {"dtype": "float32"}),
    (SINGLE, {"dtype": "bfloat16"}),
    (SINGLE, {"torch_dtype": "float16"}),
    (HALF, {}),
    (HALF, {"dtype": "float32"}),
    (HALF, {"torch_dtype": "float32"}),
    (HALF, {"dtype": None, "torch_dtype": "bfloat16"}),
    (HALF, {"dtype": "float16", "torch_dtype": "float32"}),
    (HALF, {"dtype": "auto"}),
    (HALF, {"dtype": "nonsense"}),
    (BRAIN, {}),
    (BRAIN, {"dtype": {"": "float16"}}),
    (DOUBLE, {}),
    (DOUBLE, {"dtype": "float32"}),
    (EIGHT, {}),
    (EIGHT, {"dtype": "float32"}),
    (SINGLE, {}, HALF, FIRST),
    (SINGLE, {}, HALF, LARGEST),
    (HALF, {}, SINGLE, LARGEST),
    (EIGHT, {}, HALF, LARGEST),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_said_of_sentence_transformers_is_what_it_does(make, case):
    folder = make(*case)
    found = theirs(folder)
    said = number_types(open_checkpoint(str(folder)))
    if case[0] == SINGLE and case[2:] == () and found == "float32":
        assert said == ()
        return
    (sentence,) = said
    assert "\n" not in sentence
    assert f"are stored in {str(case[0]).removeprefix('torch.')}" in sentence
    assert "and computed in float32" in sentence
    if found is None:
        assert "sentence-transformers 6 does not load them" in sentence
    elif found == "float32":
        assert "as sentence-transformers 6 computes them, too" in sentence
    else:
        assert f"sentence-transformers 6 on transformers 5 computes in {found} (" in sentence
    assert ("model_kwargs" in sentence) == (found != "float32")


@pytest.mark.parametrize(
    "case", [(HALF, {}), (HALF, {"dtype": "float32"}), (SINGLE, {}, HALF, LARGEST)], ids=str
)
def test_a_pickle_is_told_of_as_safetensors_are(make, case):
    folder = make(*case, pickled=True)
    (sentence,) = number_types(open_checkpoint(str(folder), chosen="pytorch_model.bin"))
    found = theirs(folder)
    assert (f"computes in {found}" in sentence) or found == "float32"


def test_the_types_that_are_stored_the_most_frequent_first(make):
    checkpoint = open_checkpoint(str(make(HALF, {}, SINGLE, LARGEST)))
    assert stored_dtype(checkpoint) == "float16 and float32"


def test_float32_needs_no_word(tiny_bert):
    checkpoint = open_checkpoint(str(tiny_bert))
    assert stored_dtype(checkpoint) is None
    assert number_types(checkpoint) == ()


def test_eight_bits_are_computed_in_float32_as_sentence_transformers_does_when_told(make):
    """They are numbers of their own, without a scale: what is stored is what is computed."""
    from sentence_transformers import SparseEncoder

    from harness.encoder.build import build_encoder

    folder = make(EIGHT, {"dtype": "float32"})
    model = SparseEncoder(str(folder), device="cpu", local_files_only=True)
    expected = model.encode_document(["a storm at sea"], convert_to_sparse_tensor=False).numpy()
    ours = build_encoder(open_checkpoint(str(folder))).encode(["a storm at sea"], "document")
    assert abs(ours.to_scipy().toarray() - expected).max() < 1e-5
