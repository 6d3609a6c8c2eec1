"""Devices by name, as torch knows them."""

import torch

from harness.errors import InputError


def torch_device(name: str) -> torch.device:
    """The device of a name; `auto` is a GPU where there is one.

    Raises:
        InputError: it does not exist here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (AssertionError, ImportError, OverflowError, RuntimeError, ValueError) as error:
        raise _unusable(name) from error
    if device.type == "meta":  # which has shapes and no numbers
        raise _unusable(name)
    return device


def _unusable(name: str) -> InputError:
    return InputError(
        f"The device '{name}' cannot be used here: take cpu, or auto for the best there is."
    )


def described(device: torch.device) -> str:
    """A device for the provenance: a GPU with its number and its name."""
    return str(device) if device.type != "cuda" else f"{device} ({kind_of(device)})"


def kind_of(device: torch.device) -> str:
    """What decides a bit of a product: a GPU's name, or the type of any other device."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def describe(name: str) -> str:
    """The same by the device's name.

    Raises:
        InputError: it does not exist here.
    """
    return described(torch_device(name))
