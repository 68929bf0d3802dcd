"""Measures of label bias, in NumPy and SciPy only."""
