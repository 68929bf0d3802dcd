"""BiasEstimator: the law of mislabelling, estimated from the catalogue alone."""
