"""A smaller collection for a quick look."""

from dataclasses import replace

from harness.collection import Collection
from harness.data.qrels import Qrels
from harness.errors import InputError


def limit_queries(collection: Collection, queries: int) -> Collection:
    """The first so many queries with their judgements, against the whole corpus.

    The corpus stays whole because a smaller one would make every query easier. The result keeps
    the collection's id and says in its facts that it is a part.

    Raises:
        InputError: the number is not above 0.
    """
    if queries < 1:
        raise InputError(f"The limit on queries must be 1 or more, not {queries}.")
    if queries >= len(collection.queries):
        return collection
    kept = collection.queries[:queries]
    judged = collection.qrels.by_query
    ids = [query.query_id for query in kept if query.query_id in judged]
    return replace(
        collection,
        queries=kept,
        qrels=Qrels({query_id: judged[query_id] for query_id in ids}),
        facts=(
            *collection.facts,
            f"Only the first {queries:,} of {len(collection.queries):,} queries are asked.",
        ),
    )
