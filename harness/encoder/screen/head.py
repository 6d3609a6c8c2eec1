"""The SPLADE max head: screened in int8, decided in float32."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.data.vectors import NearZero
from harness.encoder.float32 import error
from harness.encoder.screen import bound, native
from harness.encoder.screen.layout import layout_rows
from harness.encoder.screen.vocabulary import aligned, pack
from harness.errors import InputError

Floats = npt.NDArray[np.float32]
Int64s = npt.NDArray[np.int64]


class Pooled(NamedTuple):
    """Active vocabulary entries of each document, in compressed sparse row form.

    Attributes:
        indptr: int64 [D + 1].
        indices: int32 [nnz], ascending within a document.
        logits: float32 [nnz], max_t <h_t, w_v> + b_v, all above 0, before the activation.
        near: the entries, active or not, whose logit is within its float32 error of 0.
    """

    indptr: Int64s
    indices: npt.NDArray[np.int32]
    logits: Floats
    near: NearZero


class ScreenedHead:
    """The vocabulary head under max pooling, exact as the float32 product and several times faster.

    An entry is active if its logit, as computed here in float32, is above 0. Another order of the
    same float32 sum may decide otherwise only where the logit is within its rounding of 0
    (gamma_H ||h|| ||w||, see `bound`).

    It may be called from several threads at once: it changes nothing of itself, and its kernels do
    not hold Python's lock. What it says of a document depends on that document's vectors alone, to
    the bit: not on the batch, nor on the thread.
    """

    def __init__(
        self,
        weight: Floats,
        bias: Floats,
        centre: Floats | None = None,
        kernel: str | None = None,
    ) -> None:
        """Quantise the weights and compile the kernels.

        Args:
            weight: float32 [V, H].
            bias: float32 [V].
            centre: float32 [H], a vector that the hidden vectors scatter around (their mean over
                some tokens). It changes no result, only how many candidates there are.
            kernel: "amx" or "vnni"; None takes the best that the machine runs.

        Raises:
            InputError: weights that are not finite, or a machine that does not run the kernel.
        """
        kernel = kernel or native.available()
        if kernel is None:
            raise InputError("This machine has no fast int8 product; take the float32 head.")
        self.name = f"screened-{kernel}"
        self._width = weight.shape[1]
        self._weight = _padded(weight)
        self._bias = np.ascontiguousarray(bias, np.float32)
        self._centre = _padded(np.zeros((1, self._width)) if centre is None else centre[None])
        self._native = native.build(kernel, self._weight.shape[1])
        self._kernel = native.KERNELS[kernel]
        quantised = bound.weights(self._weight, self._bias, self._centre[0])
        self._entry_norms = quantised.norms
        self._norms = float(quantised.norms.max()), float(np.linalg.norm(self._centre))
        self._packed = pack(quantised, self._kernel.GROUPS)

    def __call__(self, hidden: Floats, offsets: Int64s) -> Pooled:
        """The active entries of the documents whose tokens lie end to end in `hidden`.

        Args:
            hidden: float32 [T, H].
            offsets: int64 [D + 1]; document d owns rows offsets[d] to offsets[d + 1]. A document
                without tokens has no active entry.

        Raises:
            InputError: a vector is not finite, or so large that its logits overflow.
        """
        lengths = np.diff(offsets)
        filled = np.flatnonzero(lengths)
        counts = np.zeros(len(lengths), np.int64)
        if not len(filled):
            none = np.empty(0, np.int32), np.empty(0, np.float32)
            return Pooled(_indptr(counts), *none, NearZero.none(len(lengths)))
        tokens = _padded(hidden)
        edges = np.append(np.asarray(offsets, np.int64)[filled], np.int64(offsets[-1]))
        indptr, candidates, norms = self._screen(tokens, edges)
        logits = np.full(len(candidates), -np.inf, np.float32)
        self._native.refine(
            _of(tokens), _of(edges), len(filled), _of(self._weight), _of(indptr), _of(candidates),
            _of(logits),
        )  # fmt: skip
        bias = self._bias[candidates]
        logits += bias
        active = np.flatnonzero(logits > 0)
        counts[filled] = np.diff(np.searchsorted(active, indptr))
        errors = error(np.repeat(norms, np.diff(indptr)), self._entry_norms[candidates], bias)
        near = np.flatnonzero(np.abs(logits) <= errors)
        near_counts = np.zeros_like(counts)
        near_counts[filled] = np.diff(np.searchsorted(near, indptr))
        return Pooled(
            _indptr(counts),
            candidates[active],
            logits[active],
            NearZero(_indptr(near_counts), candidates[near], logits[near] > 0),
        )

    def _screen(
        self, tokens: Floats, edges: Int64s
    ) -> tuple[Int64s, npt.NDArray[np.int32], Floats]:
        """Candidates of each document as (indptr, indices), and the longest ||h_t|| of each."""
        documents, width = len(edges) - 1, tokens.shape[1]
        layout = layout_rows(np.diff(edges), self._kernel.ROWS, self._kernel.STEP, width)
        rows = aligned((len(layout.ends) * self._kernel.ROWS, width), np.uint8)
        measured = np.empty((documents, 4), np.float32)
        self._native.quantise(
            _of(tokens), _of(self._centre), _of(edges), _of(layout.starts), documents, _of(rows),
            _of(measured),
        )  # fmt: skip
        margins = bound.margins(measured, width, *self._norms)
        groups = len(self._packed.constants)
        bits = np.empty((documents, groups), np.uint16)
        counts = np.zeros(documents, np.int64)
        self._native.screen(
            _of(rows), _of(layout.ends), _of(layout.chunks), len(layout.chunks) - 1,
            _of(self._packed.weights), _of(self._packed.constants),
            groups // self._packed.groups, _of(margins), _of(bits), _of(counts),
        )  # fmt: skip
        indptr = _indptr(counts)
        candidates = np.empty(int(indptr[-1]), np.int32)
        self._native.compact(_of(bits), documents, groups // 2, _of(indptr), _of(candidates))
        return indptr, candidates, np.sqrt(measured[:, 3])


def _of(array: npt.NDArray[np.generic]) -> int:
    """The address of a contiguous array."""
    return array.ctypes.data


def _indptr(counts: Int64s) -> Int64s:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))


def _padded(rows: npt.NDArray[np.floating]) -> Floats:
    """The rows in float32, contiguous, with zeros up to a multiple of 64 numbers."""
    missing = -rows.shape[1] % 64
    if missing:
        rows = np.pad(rows, ((0, 0), (0, missing)))
    return np.ascontiguousarray(rows, np.float32)
