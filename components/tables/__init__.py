"""Tables of any format, read as batches of columns."""
