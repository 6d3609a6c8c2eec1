"""The numbers of the first card, as its front matter prints them."""

# yosefw/SPLADE-BERT-Mini-BS256-distil, front matter as received.
CARD = {
    "dot_accuracy@1": "0.5018",
    "dot_accuracy@3": "0.8286",
    "dot_accuracy@5": "0.9194",
    "dot_accuracy@10": "0.9746",
    "dot_precision@1": "0.5018",
    "dot_precision@3": "0.2839333333333333",
    "dot_precision@5": "0.19103999999999996",
    "dot_precision@10": "0.10255999999999998",
    "dot_recall@1": "0.4867666666666667",
    "dot_recall@3": "0.81485",
    "dot_recall@5": "0.9096166666666667",
    "dot_recall@10": "0.9709333333333334",
    "dot_ndcg@10": "0.7457042059559617",
    "dot_mrr@10": "0.6749323809523842",
    "dot_map@100": "0.670785161566693",
    "query_active_dims": "22.584999084472656",
    "query_sparsity_ratio": "0.9992600419669592",
    "corpus_active_dims": "174.85202722777373",
    "corpus_sparsity_ratio": "0.9942712788405814",
}
