"""ResolutionTest: how right a network is at lower resolution, known without any truth."""
