"""Evaluator: the CV14 and CV18 label bias and the report."""
