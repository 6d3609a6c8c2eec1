"""Cores that are open to this process, by whichever call the system has."""

import os

import pytest

from harness.system.cores import usable_cores


@pytest.fixture
def machine(monkeypatch):
    """A machine of 64 cores whose Python has none of the calls that tell more."""
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    return monkeypatch


def test_without_an_affinity_mask_it_is_all_cores_of_the_machine(machine):
    """macOS and Windows: house.md 1.3, fault 2."""
    assert usable_cores() == 64
    machine.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == 1


def test_the_affinity_mask_says_which_cores_are_open(machine):
    machine.setattr(
        os, "sched_getaffinity", lambda pid: {3, 5} if pid == 0 else set(), raising=False
    )
    assert usable_cores() == 2


def test_python_counts_them_itself_where_it_can(machine):
    machine.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    machine.setattr(os, "process_cpu_count", lambda: 7, raising=False)
    assert usable_cores() == 7
    machine.setattr(os, "process_cpu_count", lambda: None, raising=False)
    assert usable_cores() == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only some systems have a mask")
def test_a_process_that_is_held_to_one_core_counts_one():
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
