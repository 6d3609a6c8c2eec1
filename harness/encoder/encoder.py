"""A sparse encoder whose model is loaded when a text must be encoded, and not before."""

import threading
from collections.abc import Callable, Sequence
from typing import get_args

from harness.checkpoint.modules import Role
from harness.checkpoint.recipe import Recipe
from harness.encoder import Encoded, EncoderFacts, Model, Prepared
from harness.errors import InputError, UnreachableError


class Encoder:
    """A sparse encoder on this machine; the model itself is loaded when a text must be encoded.

    Attributes:
        facts: what it is.
        recipe: as read from the checkpoint.
        threads: batches encoded at the same time; each runs on one core.
        queries: encodes queries, where that is another encoder; None: this one does.
    """

    def __init__(
        self,
        facts: EncoderFacts,
        recipe: Recipe,
        threads: int,
        build: Callable[[], Model],
        vocabulary: Callable[[], Sequence[str]] | None = None,
        queries: "Encoder | None" = None,
    ) -> None:
        """An encoder from what is known of it.

        Args:
            facts: what it is.
            recipe: of the checkpoint.
            threads: batches at a time.
            build: loads the model.
            vocabulary: the vocabulary's entries where they are known without the model.
            queries: encodes queries.

        Raises:
            InputError: queries and documents have vectors of unlike sizes.
        """
        if queries is not None and queries.vocab_size != facts.vocab_size:
            raise InputError(
                f"The vectors of queries have {queries.vocab_size} dimensions and those of "
                f"documents {facts.vocab_size}: the two ways do not belong together."
            )
        self.facts, self.recipe, self.threads = facts, recipe, threads
        self.queries = queries
        self._build, self._vocabulary = build, vocabulary
        self._model: Model | None = None
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """See `EncoderFacts`."""
        return self.facts.fingerprint

    @property
    def vocab_size(self) -> int:
        """The number of dimensions."""
        return self.facts.vocab_size

    def of(self, role: Role) -> "Encoder":
        """What encodes the texts of a role."""
        return self.queries if role == "query" and self.queries is not None else self

    def beside(self, queries: "Encoder") -> "Encoder":
        """This encoder for documents, and another for queries.

        Raises:
            InputError: their vectors have unlike sizes.
        """
        return Encoder(
            self.facts, self.recipe, self.threads, self.loaded, self._vocabulary, queries
        )

    def encode(self, texts: Sequence[str], role: Role | None = None) -> Encoded:
        """Encode texts to sparse vectors.

        Args:
            texts: in any order and of any length; they are cut at the model's limit.
            role: `query` or `document`; may be left out where the model treats both alike.

        Raises:
            InputError: one text instead of several, no such role, no role where the model encodes
                queries and documents differently, or a weight that comes out as NaN or infinite.
        """
        if isinstance(texts, str):  # its letters are texts, too
            raise InputError("encode takes a list of texts: put the one text in brackets.")
        if role is None:
            role = self._only_role()
        if role not in get_args(Role):
            raise InputError(f"role is {role!r}; it is one of {', '.join(get_args(Role))}.")
        return self.of(role).loaded().encode(list(texts), role)

    def tokens(self, texts: Sequence[str], role: Role) -> Prepared:
        """The first half of `encode`: it may run beside the second half."""
        return self.of(role).loaded().tokens(texts, role)

    def encode_tokens(self, tokens: Prepared, role: Role) -> Encoded:
        """The second half of `encode`.

        Raises:
            InputError: a weight comes out as NaN or infinite.
        """
        return self.of(role).loaded().encode_tokens(tokens, role)

    def term(self, entry: int) -> str:
        """The term of a dimension, as the vocabulary spells it."""
        if self._vocabulary is not None:
            return self._vocabulary()[entry]
        return self.loaded().tokenize.term(entry)

    def loaded(self) -> Model:
        """The model itself, loaded at the first call.

        Raises:
            UnreachableError: it is not the one that `facts` describe; the next start finds out
                anew what it is.
        """
        with self._lock:
            if self._model is None:
                model = self._build()
                if model.facts != self.facts:
                    raise UnreachableError(
                        "The model comes out otherwise than when it was last loaded here "
                        f"({_difference(self.facts, model.facts)}), so that its vectors in the "
                        "cache may not be mixed with new ones: start again."
                    )
                self._model = model
            return self._model

    def _only_role(self) -> Role:
        by = "prompts" if self.recipe.query_prompt != self.recipe.document_prompt else ""
        by = "modules" if self.queries is not None else by
        if by:
            raise InputError(
                f"This model encodes queries and documents differently (by their {by}): give "
                'role="query" or role="document".'
            )
        return "document"


def _difference(one: EncoderFacts, other: EncoderFacts) -> str:
    """The fields in which two differ, with their values."""
    fields = (name for name in vars(one) if getattr(one, name) != getattr(other, name))
    return ", ".join(f"{name} {getattr(one, name)} and {getattr(other, name)}" for name in fields)
