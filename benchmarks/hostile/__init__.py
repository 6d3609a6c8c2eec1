"""The hostile campaign: generated bad inputs, run through the real command line in a sandbox.

    python -m benchmarks.hostile [--seed N] [--share 0.1] [--only COMMAND] [--case N --keep FOLDER]

Every case is a command, its files, environment and streams, all drawn from the seed and the case's
number, so that a fault is made again by its two numbers. Each runs as a process of its own, and
what it returns, prints and leaves on the disk is judged (`judge`): by what the input's right answer
is where the generator knows it, and by what no input may ever bring about.
"""
