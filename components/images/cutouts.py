"""FITS cutouts: pixels that measure light, drawn once as the picture that a network sees."""

import gzip
import io
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from truemorph.components.images.kinds import MAX_SIDE
from truemorph.components.tables.nulls import sentinels

_MAX_PIXELS = 3 * MAX_SIDE * MAX_SIDE
_BLOCK = 2880
# Sky noise at the foot of the stretch, and the share of pixels that may be white.
_SOFT, _WHITE = 3.0, 0.001


def draw(data: bytes) -> tuple[bytes, str | None]:
    """A FITS cutout as an 8-bit PNG, and the reason why it cannot be drawn, None where it can.

    Args:
        data: the file, plain or gzipped: the first image in it, of shape (rows, columns), or (bands, rows, columns)
            with one or three bands from blue to red.

    Returns:
        (PNG, None), or (b"", reason): 'image_not_fits', 'image_damaged', 'image_unsupported', 'image_too_large' or
        'image_blank'.
    """
    try:
        pixels, reason = _pixels(data)
    except Exception:
        # A damaged FITS file makes the reader raise nearly anything.
        return b"", "image_damaged"
    if pixels is None:
        return b"", reason
    grey = stretch(pixels)
    if grey is None:
        return b"", "image_blank"
    # FITS counts rows from the bottom, pictures from the top; bands run from blue to red, pictures from red to blue.
    picture = grey[0, ::-1] if len(grey) == 1 else grey[::-1, ::-1].transpose(1, 2, 0)
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, "PNG")
    return buffer.getvalue(), None


def stretch(pixels: npt.ArrayLike) -> npt.NDArray[np.uint8] | None:
    """Light to 8 bits: one inverse hyperbolic sine for all bands, so that colours stay.

    Formula: with I the mean of the bands above the sky, s its noise, and W its value that 0.1 % of the pixels exceed,
    each band is 255 (x - sky) / I * asinh(I / 3s) / asinh(W / 3s), cut to 0..255.

    Args:
        pixels: (bands, rows, columns) light in any linear unit, NaN or -9999 and its like where unknown (drawn black).

    Returns:
        (bands, rows, columns) uint8, or None where there is no light: no finite pixel, or all the same.

    References:
        Lupton et al. 2004, PASP 116, 133, equation 2. The sky is the median, its noise 1.4826 times the median
        absolute deviation.
    """
    light = np.asarray(pixels, dtype=np.float64)
    light = np.where(np.isfinite(light) & ~sentinels(light), light, np.nan)
    if np.isnan(light).all(axis=(1, 2)).any():
        return None
    light = light - np.nanmedian(light, axis=(1, 2), keepdims=True)
    mean = light.mean(axis=0)
    known = mean[np.isfinite(mean)]
    if not len(known):
        return None
    noise = 1.4826 * float(np.median(np.abs(known - np.median(known))))
    white = float(np.quantile(known, 1.0 - _WHITE))
    if noise <= 0:
        noise = white / 100.0
    if not white > 0:
        return None
    scale = np.arcsinh(np.maximum(mean, 0.0) / (_SOFT * noise)) / np.arcsinh(white / (_SOFT * noise))
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = np.where(mean > 0, light / mean * scale, 0.0)
    return np.clip(np.rint(255.0 * np.nan_to_num(drawn, posinf=0.0, neginf=0.0)), 0, 255).astype(np.uint8)


def _pixels(data: bytes) -> tuple[npt.NDArray[np.float64] | None, str | None]:
    """The first image of a FITS file as (bands, rows, columns), or the reason why there is none."""
    from astropy.io import fits

    if data[:2] == b"\x1f\x8b":
        # A compressed file that grows beyond any cutout is a bomb.
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
                data = file.read(8 * _MAX_PIXELS + 1)
        except EOFError:
            return None, "image_truncated"
        if len(data) > 8 * _MAX_PIXELS:
            return None, "image_too_large"
    if not data.startswith(b"SIMPLE  ="):
        return None, "image_not_fits"
    # Writers that leave out the padding of the last block are common.
    padded = data + bytes(-len(data) % _BLOCK)
    with warnings.catch_warnings():
        # Of cards without a value, a BLANK beside floats, and the like: nothing that a picture needs.
        warnings.simplefilter("ignore")
        with fits.open(io.BytesIO(padded), memmap=False) as hdus:
            for hdu in hdus:
                shape = _shape(hdu)
                if shape is None:
                    continue
                if len(shape) not in (2, 3) or (len(shape) == 3 and shape[0] not in (1, 3)):
                    return None, "image_unsupported"
                if max(shape[-2:]) > MAX_SIDE:
                    return None, "image_too_large"
                place = hdu.fileinfo()
                # How long the data of a compressed image are without their padding, its header does not say.
                size = place["datSpan"] - _BLOCK + 1 if isinstance(hdu, fits.CompImageHDU) else hdu.size
                if place["datLoc"] + size > len(data):
                    return None, "image_truncated"
                return np.asarray(hdu.data, dtype=np.float64).reshape(-1, *shape[-2:]), None
    return None, "image_unsupported"


def _shape(hdu: Any) -> tuple[int, ...] | None:
    """Shape of an HDU's image from its header, None where it has none."""
    from astropy.io import fits

    if not isinstance(hdu, fits.PrimaryHDU | fits.ImageHDU | fits.CompImageHDU) or not hdu.shape:
        return None
    shape = tuple(int(side) for side in hdu.shape)
    # Of radio images the axes of frequency and polarisation, of one value each.
    while len(shape) > 2 and shape[0] == 1:
        shape = shape[1:]
    return shape
