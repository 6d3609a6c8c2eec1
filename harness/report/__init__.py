"""Results for people: tables of measured and published numbers, and files that hold them.

Reading order: `tables` (comparisons as text, markdown and CSV), `files`
(what is written for each experiment), `overview` (one page over all results).
"""
