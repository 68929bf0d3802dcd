"""Gallery: the galaxies whose class the debiased network changed, with their pictures."""
