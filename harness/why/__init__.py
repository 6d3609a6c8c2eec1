"""Why a published number differs: the same rankings scored under every convention in use.

Reading order: `rules` (the conventions, one by one, and whose they are), `tables` (rankings as
arrays), `kept` and `searched` (rankings from a run file and from cached vectors), `topk_order`
(the order of torch.topk), `placed` (where the judged documents stand), `scoring` (one measure under
every rule that can move it), `grid` (all published numbers under all rules), `classes` (which of
them print the published digits), `verdict`, `explain` (from a result to an explanation),
`variants` (what encodes again) and `page` (an explanation as text).
"""
