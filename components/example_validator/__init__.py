"""ExampleValidator: statistics of the Examples, held against the schema."""
