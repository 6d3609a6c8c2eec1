"""Reproduces the reported metrics of SPLADE sparse encoders.

Data flows one way, and so does the reading order:

    experiment   what to run on what, and what is claimed of it (one TOML file)
    collection   corpus, queries, qrels          <- assets, ir_datasets, BEIR folders
    checkpoint   weights and how they are run    <- assets, the hub, folders
    encoder      texts to sparse vectors         -> store (shards on disk)
    search       vectors to a run
    measures     a run and qrels to scores
    compare      scores and published numbers to verdicts
    report       verdicts to tables and files
    conduct      all of it for one experiment; `evaluate` is its heart
    cli          a thin skin over it

`errors`, `vectors`, `qrels`, `run`, `measure` and `published` are the nouns that they pass on;
`card` reads and audits what authors publish.
"""
