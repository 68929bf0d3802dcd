"""How long every method of the truth benchmark trains, and on what."""

EPOCHS = ((4000, 30), (10**9, 15))
"""Up to how many galaxies, how many epochs: the default, but for samples that would take too long; alike for all."""
BATCH = 32
HELD = 10
"""One galaxy in ten decides which epoch's weights are kept."""


def epochs_of(galaxies: int) -> int:
    """How many epochs a network is taught by so many galaxies.

    Examples:
        >>> epochs_of(3000), epochs_of(10000)
        (30, 15)
    """
    return next(epochs for most, epochs in EPOCHS if galaxies <= most)
