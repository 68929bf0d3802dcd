"""A catalogue of galaxies as a file: what its columns mean, the formats, and the README beside it."""
