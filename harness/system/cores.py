"""CPU cores that this process may use: the affinity mask, where the system has one."""

import os


def usable_cores() -> int:
    """How many cores are open to this process; at least 1.

    From Python 3.13 on `os.process_cpu_count` tells. Before that Linux tells by the affinity mask,
    which `taskset`, containers and batch systems set; macOS and Windows have none that Python asks
    for, and there it is the machine's cores.
    """
    counted = getattr(os, "process_cpu_count", None)
    if counted is not None:
        return counted() or 1
    affinity = getattr(os, "sched_getaffinity", None)
    if affinity is not None:
        return len(affinity(0))
    return os.cpu_count() or 1
