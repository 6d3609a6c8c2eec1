"""Synthetic vectors of the card's densities, for what is measured without encoding."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from harness.data.vectors import SparseVectors

VOCAB = 30_522

# Measured on rasyosef/splade-tiny with 3,000 passages and the 97 queries of the TREC DL 2019/2020
# pool (131.0 and 17.0 active dims; a query and a passage share 1.84 terms on average): the share of
# passages in which the term of each rank is active, and the share of the queries' active dims that
# fall on the terms up to that rank. A plain Zipf law fits neither end of either curve.
RANKS = 2.0 ** np.arange(15)
PASSAGE_SHARE = (.559, .506, .450, .248, .203, .158, .117, .0817, .0577, .0407, .0273, .0167,
                 .00833, .00267, .00033)  # fmt: skip
QUERY_MASS = (.0225, .0462, .0839, .110, .165, .231, .306, .378, .473, .561, .671, .797, .919,
              .978, .996)  # fmt: skip
WEIGHT_AT = (0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1)
PASSAGE_WEIGHT = (
    0.001, 0.008, 0.038, 0.078, 0.208, 0.494, 1.013, 1.544, 1.796, 2.158, 2.719
)  # fmt: skip
QUERY_WEIGHT = (
    0.001, 0.010, 0.069, 0.155, 0.368, 0.875, 1.612, 2.106, 2.321, 2.591, 2.841
)  # fmt: skip


def rates(active_dims: float, *, queries: bool) -> npt.NDArray[np.float64]:
    """For each term rank, r such that a term is active with probability 1 - exp(-r).

    The measured rates, times the factor that makes the probabilities sum to `active_dims`.
    """
    ranks, knots = np.log(np.arange(1, VOCAB + 1)), np.log([*RANKS, VOCAB])
    if queries:
        measured = 17.0 * np.diff(np.interp(ranks, knots, [*QUERY_MASS, 1.0]), prepend=0.0)
    else:
        measured = np.exp(np.interp(ranks, knots, np.log([*PASSAGE_SHARE, 1e-5])))
    rate = -np.log1p(-measured)
    low, high = 0.0, 1e3
    for _ in range(100):
        middle = (low + high) / 2
        enough = -np.expm1(-middle * rate).sum() >= active_dims
        low, high = (low, middle) if enough else (middle, high)
    return low * rate


def vectors(rows: int, active_dims: float, seed: object, *, queries: bool) -> SparseVectors:
    """Rows whose terms are active independently of each other, with weights like the measured.

    Poisson many draws of a row for each term, repetitions dropped, are exactly independent
    activations of probability 1 - exp(-rate). Term ranks are spread over the vocabulary.
    """
    rng = np.random.default_rng(seed)
    terms = np.random.default_rng(0).permutation(VOCAB)
    draws = np.repeat(terms, rng.poisson(rows * rates(active_dims, queries=queries)))
    cells = np.unique(rng.integers(0, rows, len(draws)) * VOCAB + draws)
    indptr = np.searchsorted(cells, np.arange(rows + 1) * VOCAB)
    table = QUERY_WEIGHT if queries else PASSAGE_WEIGHT
    weights = np.interp(rng.random(len(cells)), WEIGHT_AT, table).astype(np.float32)
    return SparseVectors(indptr, (cells % VOCAB).astype(np.int32), weights, VOCAB)


def shards(documents: int, size: int) -> Iterator[SparseVectors]:
    """The corpus at the card's density, made shard by shard."""
    for at in range(0, documents, size):
        yield vectors(min(size, documents - at), 174.9, (1, at), queries=False)
