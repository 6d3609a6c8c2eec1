"""Exact retrieval: the documents of highest dot product for each query, from a stream of shards.

Read `stream` for how a search runs, `ranking` for what comes out of it and what a ranking key is,
`tie_break` for the order of ties, `kernels` (the only module that imports numba, loaded by the
first search) for the two loops that take the time.
"""

from harness.search.sharded import search
from harness.search.tie_break import tie_break_ranks
from harness.search.top_k import Top

__all__ = ["Top", "search", "tie_break_ranks"]
