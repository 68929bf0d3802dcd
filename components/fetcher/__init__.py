"""Fetching: the files of a release and the catalogues that go with them, from servers that fail."""
