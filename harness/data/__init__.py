"""What the stages pass along: qrels, runs, sparse vectors, and the text files that hold them."""
