"""A sparse encoder whose model is loaded when a text must be encoded, and not before."""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, get_args

from harness.checkpoint.recipe import Recipe
from harness.encoder import Encoded, EncoderFacts, Role
from harness.encoder.tokens import Tokens
from harness.errors import InputError, UnreachableError

if TYPE_CHECKING:
    from harness.encoder.loaded import LoadedEncoder


class Encoder:
    """A sparse encoder on this machine; the model itself is loaded when a text must be encoded.

    Attributes:
        facts: what it is.
        recipe: as read from the checkpoint.
        threads: batches encoded at the same time; each runs on one core.
    """

    def __init__(
        self,
        facts: EncoderFacts,
        recipe: Recipe,
        threads: int,
        build: "Callable[[], LoadedEncoder]",
        vocabulary: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        """An encoder from what is known of it.

        Args:
            facts: what it is.
            recipe: of the checkpoint.
            threads: batches at a time.
            build: loads the model.
            vocabulary: the vocabulary's entries where they are known without the model.
        """
        self.facts, self.recipe, self.threads = facts, recipe, threads
        self._build, self._vocabulary = build, vocabulary
        self._model: LoadedEncoder | None = None
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """See `EncoderFacts`."""
        return self.facts.fingerprint

    @property
    def vocab_size(self) -> int:
        """The number of dimensions."""
        return self.facts.vocab_size

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
        return self.loaded().encode(list(texts), role)

    def tokens(self, texts: Sequence[str], role: Role) -> Tokens:
        """The first half of `encode`: it may run beside the second half."""
        return self.loaded().tokens(texts, role)

    def encode_tokens(self, tokens: Tokens, role: Role) -> Encoded:
        """The second half of `encode`.

        Raises:
            InputError: a weight comes out as NaN or infinite.
        """
        return self.loaded().encode_tokens(tokens, role)

    def term(self, entry: int) -> str:
        """The term of a dimension, as the vocabulary spells it."""
        if self._vocabulary is not None:
            return self._vocabulary()[entry]
        return self.loaded().tokenize.term(entry)

    def loaded(self) -> "LoadedEncoder":
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
        if self.recipe.query_prompt != self.recipe.document_prompt:
            raise InputError(
                "This model encodes queries and documents differently (by their prompts): give "
                'role="query" or role="document".'
            )
        return "document"


def _difference(one: EncoderFacts, other: EncoderFacts) -> str:
    """The fields in which two differ, with their values."""
    fields = (name for name in vars(one) if getattr(one, name) != getattr(other, name))
    return ", ".join(f"{name} {getattr(one, name)} and {getattr(other, name)}" for name in fields)
