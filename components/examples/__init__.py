"""Examples: their features, their encoding, TFRecord files, and the table of them."""
