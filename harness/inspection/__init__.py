"""A result looked into: why a document ranks where it does, what terms cost, what pruning does.

Everything here comes from the vectors that an evaluation left in the cache; no model is loaded.
Reading order: `opened` (from a result's file to its model, collection and vectors),
`cached_vectors` (one text's vector, found by the layout of the shards), `contributions` (what a
score is made of), then `explain` with `against` and `worst`; `terms`; `sweep` with `pruning` and
`curves`. The modules whose names end in `_text` show what those found.
"""
