"""From an experiment to its result: how often a corpus is read on the way."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pytest

from harness.assets import folder_source
from harness.collection import Doc, sources
from harness.collection.sources import OWN
from harness.experiment.unclaimed import experiment_of
from harness.pipeline.run_experiment import Settings, encode, run_experiment
from tests.support import models


@dataclass(frozen=True)
class Counting:
    """A corpus that counts how often it is begun and how often it is read to its end."""

    docs: tuple[Doc, ...]
    begun: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    def __iter__(self) -> Iterator[Doc]:
        self.begun.append(1)
        yield from self.docs
        self.ended.append(1)


@pytest.fixture
def corpus(monkeypatch):
    """The sampler's, counted, in a collection that is registered as `counted`."""
    sampler = models.sampler()
    counting = Counting(tuple(sampler.corpus))
    entry = folder_source("counted", lambda: replace(sampler, corpus=counting))
    monkeypatch.setattr(sources, "OWN", MappingProxyType({**OWN, "counted": entry}))
    return counting


@pytest.mark.parametrize("what", [run_experiment, encode], ids=lambda what: what.__name__)
def test_an_experiment_reads_the_corpus_twice_to_check_and_to_encode(
    corpus, tiny_bert, tmp_path, what
):
    """It was read a third time for the ids alone, half a minute of MS MARCO."""
    settings = Settings(cache=tmp_path, device="cpu", threads=1)
    for times in (2, 4):  # with no vectors in the cache, and with all of them
        what(experiment_of(str(tiny_bert), "counted"), settings)
        assert len(corpus.begun) == len(corpus.ended) == times
