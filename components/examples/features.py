"""What an Example holds, and the splits that a dataset has."""

from collections.abc import Mapping

FEATURES: Mapping[str, str] = {
    "objid": "bytes",
    "alpha": "float",
    "label_raw": "int64",
    "label_debiased": "int64",
    "smooth_fraction": "float",
    "disk_fraction": "float",
    "artifact_fraction": "float",
    "smooth_debiased": "float",
    "disk_debiased": "float",
    "smooth_count": "int64",
    "disk_count": "int64",
    "artifact_count": "int64",
    "petroRad_r": "float",
    "psfWidth_r": "float",
    "psf_sigma_pixels": "float",
    "redshift": "float",
    "petroRad_r_kpc": "float",
    "absPetroMag_r": "float",
    "ng": "float",
    "e": "float",
    "Rhlr": "float",
}
"""Every feature of an Example but the image, with its kind; schemas/example.pbtxt says the same and more."""
SPLITS = ("train", "eval", "test")
