"""English function words: what a list of stop words is for, written down by word class.

Words that tie a sentence together and name nothing: articles, pronouns, prepositions, conjunctions,
auxiliaries, question words, and the few adverbs and particles that go with them. Numbers, nouns,
adjectives and full verbs are none of them, however frequent.
"""

from typing import Final

_CLASSES: Final = (
    # articles, determiners, quantifiers
    "a an the this that these those each every either neither some any no all both half such other"
    " another few many much more most several enough",
    # personal, possessive and reflexive pronouns
    "i me my mine myself you your yours yourself yourselves he him his himself she her hers herself"
    " it its itself we us our ours ourselves they them their theirs themselves one oneself",
    # indefinite pronouns, and what stands for a place
    "someone somebody something anyone anybody anything everyone everybody everything nobody"
    " nothing none there here",
    # question words and relative pronouns
    "who whom whose which what when where why how whoever whatever whichever whenever wherever",
    # prepositions
    "of in on at by for with without within to from into onto upon about above across after against"
    " along among around as before behind below beneath beside besides between beyond despite down"
    " during except inside like near off out outside over past per since through throughout till"
    " toward towards under until up via",
    # conjunctions
    "and or but nor so yet if because although though unless whereas while whether than",
    # auxiliaries and modals
    "be am is are was were been being have has had having do does did doing done can could may"
    " might must shall should will would ought",
    # particles and adverbs that go with them, and what an apostrophe leaves over
    "not also too very just only even still then thus hence however again ever never once else",
    "s t d ll m re ve don didn doesn isn aren wasn weren won wouldn couldn shouldn hasn haven",
)

FUNCTION_WORDS: Final = frozenset(word for line in _CLASSES for word in line.split())

_WORD_STARTS: Final = ("\u0120", "\u2581")
"""How byte pairs and sentence pieces mark the start of a word."""


def is_function_word(term: str) -> bool:
    """Whether an entry of a vocabulary is one of them; a piece within a word (`##s`) is none."""
    plain = term.removeprefix(_WORD_STARTS[0]).removeprefix(_WORD_STARTS[1])
    return plain.lower() in FUNCTION_WORDS
