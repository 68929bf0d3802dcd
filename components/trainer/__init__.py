"""Trainer: a Keras network fitted through the law of mislabelling."""
