"""Where rows lie for the screen: whole blocks for each document, chunks for the cache."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]

CHUNK_BYTES = 96 * 1024
"""Rows worked on at a time: while they pass over a panel of the weights, they stay in the cache."""


class Layout(NamedTuple):
    """Rows in blocks of what a kernel takes at once; every document starts a new block.

    Attributes:
        starts: int64 [D], the first row of each document.
        ends: int64 [blocks], the document whose last block this is, or -1.
        chunks: int64 [chunks + 1], the blocks at which chunks start; documents are never split.
    """

    starts: Int64s
    ends: Int64s
    chunks: Int64s


def layout_rows(lengths: Int64s, rows: int, step: int, width: int) -> Layout:
    """Lay out documents of int64 [D] lengths, each at least 1.

    Args:
        lengths: tokens of each document.
        rows: rows of a block.
        step: every chunk gets a multiple of so many blocks; the blocks added belong to nobody.
        width: bytes of a row.
    """
    blocks = -(-lengths // rows)
    through = np.cumsum(blocks)
    chunk_of = (through - blocks) * rows * width // CHUNK_BYTES
    first = np.flatnonzero(np.diff(chunk_of, prepend=-1))
    sizes = np.add.reduceat(blocks, first)
    padded = -(-sizes // step) * step
    chunks = np.concatenate(([0], np.cumsum(padded)))
    documents = np.diff(np.append(first, len(lengths)))
    shift = np.repeat(chunks[:-1] - (through - blocks)[first], documents)
    ends = np.full(int(chunks[-1]), -1, np.int64)
    ends[through + shift - 1] = np.arange(len(lengths))
    return Layout((through - blocks + shift) * rows, ends, chunks)
