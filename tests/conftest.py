"""What several test modules share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.assets import fetch
from harness.cli import run
from harness.errors import UnreachableError


@pytest.fixture(scope="session")
def asset() -> Callable[[str], Path]:
    """Fetch an asset; where it cannot be reached, skip by name, or fail in CI."""

    def get(name: str) -> Path:
        try:
            return fetch(name)
        except UnreachableError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"asset {name} is missing: {error}")

    return get


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory) -> Path:
    """A folder with a bare BERT of two layers, made here; not to be written to."""
    from tests.support import models  # transformers takes seconds to import

    tokenizer = models.word_pieces()
    return models.save(tmp_path_factory.mktemp("tiny-bert"), models.bert(tokenizer), tokenizer)


@pytest.fixture
def cli(capsys):
    """Run one command line: (exit code, stdout, stderr)."""

    def call(*arguments):
        code = run(list(map(str, arguments)))
        return code, *capsys.readouterr()

    return call
