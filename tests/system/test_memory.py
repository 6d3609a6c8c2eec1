"""Memory given back to the system."""

import ctypes
import platform
import sys

import psutil
import pytest

from harness.system import memory


@pytest.fixture(autouse=True)
def looked_up_anew():
    memory._trim.cache_clear()
    yield
    memory._trim.cache_clear()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has malloc_trim")
def test_free_memory_goes_back():
    process = psutil.Process()
    kept = [bytes(1_000 + n % 7) for n in range(200_000)]
    del kept[1::2]  # holes all over the heap, which stays as large as it was
    held = process.memory_info().rss
    fence = bytes(1_000)
    del kept
    memory.give_back()
    assert process.memory_info().rss < held - 50_000_000
    assert len(fence) == 1_000


@pytest.mark.parametrize("platform_name", ["darwin", "win32", "linux"])
def test_nothing_happens_where_there_is_no_such_call(monkeypatch, platform_name):
    monkeypatch.setattr(sys, "platform", platform_name)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    memory.give_back()
