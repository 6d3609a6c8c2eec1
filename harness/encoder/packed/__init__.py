"""Unpadded (variable-length) bodies: texts lie end to end, each attends to itself alone.

The same operations in the same order as transformers', in float32. Linear layers take all tokens of
a batch at once; attention takes texts of one length at a time.

Reading order: `parts` (what they share), `post_norm` and `pre_norm` (two forms of a transformer),
`readers` and `modernbert` (the weights and settings of an architecture into one of them),
`registry` (a row for each architecture). A setting that a reader does not know leaves the model to
transformers' own body, as does a result that differs from it when an encoder is opened (`build`).
"""
