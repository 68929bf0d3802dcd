"""A FITS cutout becomes a picture in which the galaxy can be seen, the right way up."""

import gzip
import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from astropy.io import fits
from PIL import Image

from truemorph.components.images.cutouts import draw, stretch


def light(seed: int, side: int = 32) -> npt.NDArray[np.float32]:
    """A galaxy near the upper left of the sky (high row, low column), in noise, above a sky level."""
    y, x = np.mgrid[:side, :side]
    galaxy = 50 * np.exp(-((y - 0.75 * side) ** 2 + (x - 0.25 * side) ** 2) / 20)
    return (galaxy + np.random.default_rng(seed).normal(100, 1, (side, side))).astype(np.float32)


def cutout(seed: int, pixels: Any = None, extension: bool = False) -> bytes:
    """A FITS file."""
    pixels = light(seed) if pixels is None else pixels
    hdus = [fits.PrimaryHDU(), fits.ImageHDU(pixels)] if extension else [fits.PrimaryHDU(pixels)]
    buffer = io.BytesIO()
    fits.HDUList(hdus).writeto(buffer)
    return buffer.getvalue()


def picture(data: bytes) -> npt.NDArray[np.uint8]:
    drawn, reason = draw(data)
    assert reason is None
    return np.asarray(Image.open(io.BytesIO(drawn)))


def test_the_formula() -> None:
    pixels = light(1)[None].astype(float)
    above = pixels[0] - np.median(pixels)
    noise = 1.4826 * np.median(np.abs(above - np.median(above)))
    white = np.quantile(above, 0.999)
    expected = 255 * np.arcsinh(np.maximum(above, 0) / (3 * noise)) / np.arcsinh(white / (3 * noise))
    np.testing.assert_array_equal(stretch(pixels)[0], np.clip(np.rint(expected), 0, 255))


@pytest.mark.parametrize("unknown", [-9999.0, 1e30, -1e30, 99999.0])
@pytest.mark.parametrize("share", [0.1, 0.6])
def test_numbers_for_no_value_are_as_unknown_as_nan(unknown: float, share: float) -> None:
    light = np.random.default_rng(1).normal(0, 1, (1, 40, 40))
    light[0, 15:25, 15:25] += 50
    hidden = np.zeros(light.shape, dtype=bool)
    hidden[:, : int(40 * share) // 2] = hidden[:, 40 - int(40 * share) // 2 :] = True
    drawn = stretch(np.where(hidden, unknown, light))
    np.testing.assert_array_equal(drawn, stretch(np.where(hidden, np.nan, light)))
    assert stretch(np.full((1, 4, 4), unknown)) is None


def test_one_band_is_grey_with_north_up() -> None:
    grey = picture(cutout(1))
    assert grey.shape == (32, 32)
    row, column = np.unravel_index(grey.argmax(), grey.shape)
    assert row < 12 and column < 12 and grey.max() == 255 and np.median(grey) < 30


@pytest.mark.parametrize("change", [lambda data: data, gzip.compress])
def test_three_bands_from_blue_to_red_keep_their_colours(change: Any) -> None:
    pixels = np.stack([light(1), 100 + 2 * (light(2) - 100), 100 + 4 * (light(3) - 100)])
    colour = picture(change(cutout(0, pixels))).astype(int)
    assert colour.shape == (32, 32, 3)
    red, green, blue = colour[6:10, 6:10].mean(axis=(0, 1))
    assert red > green > blue > 0


def test_an_image_in_an_extension_and_unknown_pixels() -> None:
    pixels = light(1)
    pixels[:3] = np.nan
    grey = picture(cutout(1, pixels, extension=True))
    assert (grey[-3:] == 0).all() and grey.max() == 255


def with_card(text: str) -> bytes:
    """A cutout with one more card in its header."""
    data, end = cutout(1), b"END".ljust(80)
    assert data.count(end + b" " * 80) == 1
    return data.replace(end + b" " * 80, text.encode("latin-1").ljust(80) + end)


@pytest.mark.parametrize(
    "card",
    [
        "BLANK   =               -32768",
        "BLANK   =             -32768.5",
        "OBSERVER=",
        "OBSERVER=           / unknown",
        "OBSERVER",
        "OBSERVER= 'who",
        "OBSERVER= 'Ren\xe9'",
    ],
)
def test_a_header_that_breaks_the_standard_is_no_damage(card: str) -> None:
    assert draw(with_card(card)) == draw(cutout(1))


@pytest.mark.parametrize("cut", [1, 100, 1664])
def test_a_last_block_without_padding_is_no_damage(cut: int) -> None:
    # 32 x 32 x 4 bytes leave 1664 of two blocks.
    assert draw(cutout(1)[:-cut]) == draw(cutout(1))


def test_compressed_images() -> None:
    buffer = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(light(1), compression_type="GZIP_1")]).writeto(buffer)
    data = buffer.getvalue()
    assert draw(data) == draw(data.rstrip(b"\0")) and draw(data)[1] is None
    assert draw(data[: len(data) // 2])[1] in ("image_truncated", "image_damaged")
    parts = gzip.compress(cutout(1)[:3000], mtime=0) + gzip.compress(cutout(1)[3000:], mtime=0)
    assert draw(parts) == draw(cutout(1))


def test_same_bytes_each_time() -> None:
    assert draw(cutout(4)) == draw(cutout(4))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xd8\xff", "image_not_fits"),
        (gzip.compress(b"\xff\xd8\xff", mtime=0), "image_not_fits"),
        (gzip.compress(cutout(1), mtime=0)[:-200], "image_truncated"),
        (cutout(1)[:3000], "image_truncated"),
        (cutout(1)[:-1665], "image_truncated"),
        (cutout(1)[:1000], "image_truncated"),
        (cutout(1, np.zeros((5, 8, 8), np.float32)), "image_unsupported"),
        (cutout(1, np.zeros((2, 5000), np.float32)), "image_too_large"),
        (cutout(1, np.zeros((8, 8), np.float32)), "image_blank"),
        (cutout(1, np.full((8, 8), np.nan, np.float32)), "image_blank"),
        (
            cutout(1)[:2880].replace(b"NAXIS1  =                   32", b"NAXIS1  =           4000000000"),
            "image_damaged",
        ),
    ],
)
def test_what_cannot_be_drawn_has_its_reason(data: bytes, reason: str) -> None:
    found, why = draw(data)
    assert found == b"" and why is not None and why.split(" ")[0] in (reason, "image_too_large")
    assert why == reason or b"NAXIS1" in data


def test_a_file_that_would_not_stop_growing() -> None:
    assert draw(gzip.compress(bytes(400 << 20), 1, mtime=0)) == (b"", "image_too_large")


def test_axes_of_one_value_are_no_bands() -> None:
    assert draw(cutout(1, light(1)[None, None])) == draw(cutout(1))
