"""ExampleGen: sources joined on the id and written as TFRecords, rejects with a reason."""
