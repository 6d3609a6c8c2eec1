"""Unpadded (variable-length) forward passes: texts lie end to end, each attends to itself alone.

The same operations as transformers' masked language models up to, and without, the vocabulary
projection, in float32. Linear layers take all tokens of a batch at once; attention takes texts of
one length at a time.

Reading order: `architectures` (which models there are, one row each), `runs` (texts in a batch),
`layers` and `attention` (the parts), `post_norm` (BERT's order of them) with its readers `bert`,
`distilbert` and `mpnet`, and `modernbert` (pre-norm, rotary positions, local attention).
"""
