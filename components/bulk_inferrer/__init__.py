"""BulkInferrer: predictions for whole datasets and folders."""
