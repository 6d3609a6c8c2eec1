"""Speed and memory, as paired ratios on the machine at hand; nothing here is a test.

`python -m benchmarks` prints the tables that the README shows. Every contestant runs in a process
of its own, all take turns, and what is compared is the median of the ratios of each turn, because
two runs minutes apart on a shared machine differ by more than the contestants may.
"""
