"""The vectors of single texts out of the cache: only the shards that hold them are read.

A shard holds the vectors of `SHARD_TEXTS` texts that follow each other, so that the place of a text
in its collection says in which shard, and in which row of it, its vector lies.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from harness.checkpoint.modules import Role, all_modules
from harness.collection import Doc, Query
from harness.data.vectors import SparseVectors
from harness.encoder import Encoded
from harness.encoder.encoder import Encoder
from harness.encoder.open import open_encoder
from harness.encoder.own_tokens import NAMED, own_tokens
from harness.encoder.shards import read_shard
from harness.encoder.steps import normalized
from harness.encoder.vector_cache import SHARD_TEXTS
from harness.errors import InputError, UnreachableError
from harness.inspection.contributions import Vector
from harness.inspection.opened import FOREIGN, OpenedResult, settings_of, with_lengths

_HINTS = 20_000
"""Ids that a mistyped one is compared with."""


@dataclass(frozen=True, eq=False)
class EncodedText:
    """A query or a document with its vector.

    Attributes:
        key: its id.
        text: as it was encoded, without a prompt.
        vector: as it is compared: for cosine divided by its norm.
        own: the dimensions whose terms stand in the text; None: not known, or there are no terms.
    """

    key: str
    text: str
    vector: Vector
    own: frozenset[int] | None


class CachedVectors:
    """The vectors of a result's queries and documents.

    Attributes:
        opened: the result.
    """

    def __init__(self, opened: OpenedResult, *, encode: bool = False) -> None:
        """Vectors that can be asked for.

        Args:
            opened: the result.
            encode: load the model and encode single texts whose vectors are not in the cache.
        """
        self.opened = opened
        self._encode = encode
        self._missing = False

    def query(self, query_id: str) -> EncodedText:
        """An evaluated query.

        Raises:
            InputError: none of that id was evaluated.
            UnreachableError: its vector is not in the cache.
        """
        return self.queries([query_id])[query_id]

    def queries(self, query_ids: Sequence[str]) -> dict[str, EncodedText]:
        """Evaluated queries by their ids.

        Raises:
            InputError, UnreachableError: as `query`.
        """
        asked = self.opened.asked
        places = {query.query_id: place for place, query in enumerate(asked)}
        for query_id in query_ids:
            if query_id not in places:
                raise InputError(self._unknown_query(query_id, list(places)))
        found: dict[str, EncodedText] = {}
        for first in sorted({places[one] // SHARD_TEXTS * SHARD_TEXTS for one in query_ids}):
            shard = [Doc(*query) for query in asked[first : first + SHARD_TEXTS]]
            found |= self._texts(shard, set(query_ids), "query")
        return found

    def documents(self, doc_ids: Iterable[str]) -> dict[str, EncodedText]:
        """Documents by their ids; the corpus is read as far as they stand in it.

        Raises:
            InputError: the collection has none of an id.
            UnreachableError: a vector is not in the cache.
        """
        wanted = set(doc_ids)
        found: dict[str, EncodedText] = {}
        seen: list[str] = []
        for shard in self.shards():
            here = wanted.intersection(doc.doc_id for doc in shard)
            if here:
                found |= self._texts(shard, here, "document")
                wanted -= here
            if not wanted:
                return found
            seen += [doc.doc_id for doc in shard] if len(seen) < _HINTS else []
        missing = min(wanted)
        near = get_close_matches(missing, seen, 3)
        hint = f"did you mean {', '.join(near)}?" if near else "take one of its ranking."
        raise InputError(f"'{self._collection}' has no document '{missing}': {hint}")

    def shards(self) -> Iterator[list[Doc]]:
        """The documents, as many at a time as a shard holds."""
        source = iter(self.opened.collection.corpus)
        while shard := list(islice(source, SHARD_TEXTS)):
            yield shard

    def query_shards(self) -> Iterator[Sequence[Query]]:
        """The queries, likewise."""
        for first in range(0, len(self.opened.asked), SHARD_TEXTS):
            yield self.opened.asked[first : first + SHARD_TEXTS]

    def compared(self, rows: SparseVectors) -> SparseVectors:
        """Vectors as they are compared: for cosine divided by their norms."""
        return normalized(rows) if self.opened.cosine else rows

    def name(self, dimension: int) -> str:
        """The term of a dimension; its number where dimensions are no terms."""
        if not self.has_terms:
            return f"dim {dimension}"
        return self._any_encoder.term(dimension)

    @cached_property
    def has_terms(self) -> bool:
        """Whether dimensions are entries of a vocabulary; those of an autoencoder are not."""
        checkpoint = self.opened.checkpoint
        if checkpoint.recipe.kind == FOREIGN:
            return all(one.name != "SparseAutoEncoder" for one in all_modules(checkpoint.folder))
        return checkpoint.recipe.kind in NAMED

    def cached(self, texts: Sequence[str], role: Role) -> tuple[Encoder, Encoded] | None:
        """The shard of these texts and whose it is; None: it is not in the cache, or damaged."""
        store = self.opened.store
        for encoder in self.opened.encoders:
            shard = read_shard(store.path(encoder, texts, role), encoder.vocab_size, len(texts))
            if shard is not None:
                return encoder, shard
        return None

    def place(self, texts: Sequence[str], role: Role) -> Path | None:
        """Where the shard of these texts lies; None: it is not in the cache."""
        paths = (self.opened.store.path(one, texts, role) for one in self.opened.encoders)
        return next((path for path in paths if path.is_file()), None)

    def missing(self, role: Role, key: str) -> UnreachableError:
        """What is said where a vector is not in the cache."""
        result, root = self.opened.result, self.opened.store.root
        what = f"The vector of the {role} '{key}' is not in {root}"
        if not self.opened.encoders:
            what = f"No vectors of {result.model.id} as this machine encodes them are in {root}"
        return UnreachableError(
            f"{what}: evaluate it on {result.collection.id} here again, which fills the cache; "
            "harness explain --encode encodes the few texts that it needs."
        )

    @property
    def _collection(self) -> str:
        return self.opened.result.collection.id

    @cached_property
    def _any_encoder(self) -> Encoder:
        return self.opened.encoders[0] if self.opened.encoders else self._loaded

    @cached_property
    def _loaded(self) -> Encoder:
        opened = self.opened
        checkpoint = with_lengths(opened.checkpoint, opened.result)
        return open_encoder(checkpoint, settings_of(opened.result).encoder)

    def _texts(self, shard: list[Doc], wanted: set[str], role: Role) -> dict[str, EncodedText]:
        places = [place for place, doc in enumerate(shard) if doc.doc_id in wanted]
        chosen = [shard[place] for place in places]
        texts = [doc.text for doc in shard]
        found = self.cached(texts, role)
        if found is None and not self._encode:
            raise self.missing(role, chosen[0].doc_id)
        if found is None:
            rows = self._loaded.encode([doc.text for doc in chosen], role).vectors
            own = self._own(role, [doc.text for doc in chosen], self._loaded, None)
        else:
            encoder, encoded = found
            rows = encoded.vectors.take(np.array(places, np.int64))
            # Queries are short: all of the shard show whether the tokenizer is the encoder's.
            whole = role == "query"
            given = texts if whole else [doc.text for doc in chosen]
            own = self._own(role, given, encoder, encoded.tokens if whole else None)
            own = [own[place] for place in places] if whole else own
        return {
            doc.doc_id: EncodedText(doc.doc_id, doc.text, Vector(*row), terms)
            for doc, row, terms in zip(chosen, _rows(self.compared(rows)), own, strict=True)
        }

    def _own(
        self, role: Role, texts: Sequence[str], encoder: Encoder, tokens: int | None
    ) -> list[frozenset[int] | None]:
        checkpoint = self.opened.checkpoint.of(role)
        if checkpoint.recipe.kind not in NAMED:
            return [None] * len(texts)
        return list(own_tokens(checkpoint, encoder.of(role).facts, role, texts, tokens))

    def _unknown_query(self, query_id: str, known: list[str]) -> str:
        near = get_close_matches(query_id, known, 3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"the first is {known[0]}."
        return (
            f"'{self.opened.result.name}' evaluated no query '{query_id}' "
            f"(of {len(known):,}): {hint}"
        )


def _rows(vectors: SparseVectors) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(vectors.rows())
