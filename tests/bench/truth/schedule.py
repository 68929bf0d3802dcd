"""How long and how fast every method of the truth benchmark trains, and on what."""

EPOCHS = {"small": ((4000, 30), (10**9, 15)), "resnet50": ((4000, 15), (10**9, 6))}
"""Up to how many galaxies, how many epochs: the default, but for what would take too long; alike for all methods."""
LEARNING_RATE = {"small": 1e-3, "resnet50": 3e-4}
PRECISION = {"small": "float32", "resnet50": "mixed_bfloat16"}
"""ResNet50 in bfloat16 takes two thirds of the time on processors that have it."""
BATCH = 32
HELD = 10
"""One galaxy in ten decides which epoch's weights are kept."""


def epochs_of(galaxies: int, backbone: str = "small") -> int:
    """How many epochs a network is taught by so many galaxies.

    Examples:
        >>> epochs_of(3000), epochs_of(10000), epochs_of(3000, "resnet50")
        (30, 15, 15)
    """
    return next(epochs for most, epochs in EPOCHS[backbone] if galaxies <= most)
