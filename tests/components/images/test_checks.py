"""Good JPEGs pass, every other thing under the name of one gets its reason, and nothing is decoded."""

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from truemorph.components.images.checks import usable
from truemorph.components.images.jpeg import inspect_jpeg as inspect
from truemorph.components.images.kinds import MAX_SIDE, kind_of
from truemorph.components.images.png import inspect_png

Jpeg = Callable[..., bytes]


def encoded(kind: str, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), 99, dtype=np.uint8)).convert(mode).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"progressive": True},
        {"quality": 100, "subsampling": 0},
        {"restart_marker_blocks": 1},
        {"comment": b"\xff\xd9 in a comment"},
        {"exif": b"Exif\0\0\xff\xd8\xff\xd9"},
    ],
)
def test_good_jpegs_pass(jpeg: Jpeg, options: dict[str, object]) -> None:
    assert inspect(jpeg(1, size=64, **options)) is None
    assert inspect(jpeg(1, size=64, **options) + b"\0\0trailing") is None


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_gray_and_four_colours_pass(mode: str) -> None:
    assert inspect(encoded("JPEG", mode)) is None


@pytest.mark.parametrize("progressive", [False, True])
def test_every_truncation_is_seen(jpeg: Jpeg, progressive: bool) -> None:
    data = jpeg(2, size=24, progressive=progressive)
    assert usable(b"", "1.jpg") == (b"", "image_empty")
    assert {inspect(data[:length]) for length in range(2, len(data))} == {"image_truncated"}


def test_a_hole_in_the_middle_is_seen(jpeg: Jpeg) -> None:
    data = jpeg(3, size=64)
    assert inspect(data[:20] + b"\0" * 40 + data[60:]) == "image_damaged"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (encoded("PNG"), "PNG"),
        (encoded("GIF"), "GIF"),
        (encoded("BMP"), "BMP"),
        (encoded("TIFF"), "TIFF"),
        (encoded("WEBP"), "WebP"),
        (b"SIMPLE  =                    T", "FITS"),
        (b"\n<!DOCTYPE html><html>404</html>", "HTML or XML"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"\0" * 100, "unknown"),
        (b"\xff", "unknown"),
    ],
)
def test_other_kinds_are_named(data: bytes, kind: str) -> None:
    assert kind_of(data) == kind


def header(jpeg: bytes, height: int, width: int, marker: int = 0xC0, precision: int = 8) -> bytes:
    """The JPEG with another frame header."""
    place = jpeg.index(b"\xff\xc0")
    return (
        jpeg[:place]
        + bytes((0xFF, marker))
        + jpeg[place + 2 : place + 4]
        + struct.pack(">BHH", precision, height, width)
        + jpeg[place + 9 :]
    )


def test_a_decompression_bomb_is_refused_by_its_header(jpeg: Jpeg) -> None:
    assert inspect(header(jpeg(4), 65500, 65500)) == "image_too_large"
    assert inspect(header(jpeg(4), 16, MAX_SIDE + 1)) == "image_too_large"
    assert inspect(header(jpeg(4), MAX_SIDE, MAX_SIDE)) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"height": 0}, "image_damaged"),
        ({"width": 0}, "image_damaged"),
        ({"marker": 0xC3}, "image_unsupported"),
        ({"marker": 0xC9}, "image_unsupported"),
        ({"precision": 12}, "image_unsupported"),
        ({"marker": 0xE5}, "image_damaged"),
    ],
)
def test_frames_that_no_decoder_reads(jpeg: Jpeg, change: dict[str, int], reason: str) -> None:
    assert inspect(header(jpeg(4), **{"height": 16, "width": 16, **change})) == reason


def test_bit_flips_never_raise_nor_hang(jpeg: Jpeg) -> None:
    rng = np.random.default_rng(7)
    good = np.frombuffer(jpeg(5, size=32), dtype=np.uint8)
    for _ in range(2000):
        data = good.copy()
        data[rng.integers(0, len(data), 3)] ^= np.uint8(1 << rng.integers(0, 8))
        reason = inspect(data.tobytes())
        assert reason is None or reason.startswith("image_")


def test_jpeg_and_png_are_kept_byte_for_byte(jpeg: Jpeg) -> None:
    for name in ("1.jpg", "1.png", "1.JPG", "1"):
        assert usable(jpeg(6), name) == (jpeg(6), None)
        assert usable(encoded("PNG"), name) == (encoded("PNG"), None)
    assert usable(b"", "1.png") == usable(b"", "1.fits") == (b"", "image_empty")


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (encoded("GIF"), "1.jpg", "image_not_jpeg (GIF)"),
        (encoded("WEBP"), "1.png", "image_not_png (WebP)"),
        (b"hello", "1.jpeg", "image_not_jpeg (unknown)"),
        (b"hello", "1.fits.gz", "image_not_fits"),
        (encoded("GIF"), "1.gif", "image_not_supported (GIF)"),
        (encoded("TIFF"), "1.tif", "image_not_supported (TIFF)"),
        (b"hello", "1.heic", "image_not_supported (HEIF)"),
        (b"P6 1 1 255 abc", "1.ppm", "image_not_supported (PNM)"),
        (b"\x93NUMPY", "1.npy", "image_not_supported (NumPy)"),
        (b"\x1f\x8b", "1.jpg.gz", "image_not_supported (gzip)"),
        (b"version https://git-lfs.github.com/spec/v1", "1.jpg", "image_not_jpeg (Git LFS pointer)"),
        (b"hello", "notes.txt", "not_an_image"),
    ],
)
def test_what_is_not_read_is_named(data: bytes, name: str, reason: str) -> None:
    assert usable(data, name) == (b"", reason)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1"])
def test_good_pngs_pass_and_every_truncation_is_seen(mode: str) -> None:
    data = encoded("PNG", mode)
    assert inspect_png(data) is None
    assert {inspect_png(data[:length]) for length in range(8, len(data))} == {"image_truncated"}


def test_every_flipped_bit_of_a_png_is_seen() -> None:
    data = encoded("PNG")
    for place in range(8, len(data)):
        broken = data[:place] + bytes((data[place] ^ 4,)) + data[place + 1 :]
        assert inspect_png(broken) is not None, place


def test_a_png_bomb_is_refused_by_its_header() -> None:
    data = encoded("PNG")
    header = b"IHDR" + struct.pack(">II", 60000, 60000) + data[24:29]
    assert inspect_png(data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]) == "image_too_large"


def test_a_newline_before_a_jpeg_is_no_web_page() -> None:
    assert usable(b"\n" + encoded("JPEG"), "1.jpg") == (b"", "image_not_jpeg (unknown)")
    assert usable(b"\n <html>", "1.jpg") == (b"", "image_not_jpeg (HTML or XML)")
