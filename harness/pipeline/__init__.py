"""One evaluation from end to end: encode, search, score, compare."""
