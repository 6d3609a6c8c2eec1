"""What torch's matrix products may round: settings of the whole process, set before every use."""

import torch

from harness.encoder import Precision


def compute_in(precision: Precision) -> None:
    """Have products of float32 computed in float32 (or TF32), and sums always in float32.

    The settings are torch's and of the whole process, so whoever computes sets them first: two
    encoders of unlike precision may take turns, not run at once. They change nothing on a CPU.
    """
    matmul = torch.backends.cuda.matmul
    matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    # What `tensor_cores` takes for granted of the sums of a float16 product.
    matmul.allow_fp16_reduced_precision_reduction = False
    if hasattr(matmul, "allow_fp16_accumulation"):  # torch 2.7 and later
        matmul.allow_fp16_accumulation = False
