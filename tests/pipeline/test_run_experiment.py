"""From an experiment to its result: how often a corpus is read on the way."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pytest

from harness.assets import folder_source
from harness.cli import run
from harness.collection import Doc, sources
from harness.collection.sources import OWN
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
    entry = folder_source("counted", lambda: replace(sampler, id="counted", corpus=counting))
    monkeypatch.setattr(sources, "OWN", MappingProxyType({**OWN, "counted": entry}))
    return counting


@pytest.mark.parametrize("command", [("eval", "--results", "{}/results"), ("encode",)], ids=str)
def test_an_experiment_reads_the_corpus_twice_to_check_and_to_encode(
    corpus, tiny_bert, tmp_path, monkeypatch, command
):
    """It was read a third time for the ids alone, half a minute of MS MARCO."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    command = [part.format(tmp_path) for part in command]
    given = ["--model", str(tiny_bert), "--collection", "counted", "--device", "cpu"]
    for times in (2, 4):  # with no vectors in the cache, and with all of them
        assert run([*command, *given, "--threads", "1"]) == 0
        assert len(corpus.begun) == len(corpus.ended) == times
