"""What a file is: by the ending of its name, and by its first bytes."""

JPEG, PNG, FITS = "JPEG", "PNG", "FITS"
JPEG_HEAD, PNG_HEAD = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
# Limits of every image, wherever it is read: pixels a side, bytes of its file.
MAX_SIDE = 4096
MAX_BYTES = 64 << 20
READABLE = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), JPEG),
    ".png": PNG,
    **dict.fromkeys((".fits", ".fits.gz", ".fit", ".fit.gz", ".fts", ".fts.gz", ".fits.fz"), FITS),
}
"""Kinds of images that are read, by ending, in the order in which they are looked for."""
ENDINGS = {
    **READABLE,
    ".gif": "GIF",
    ".webp": "WebP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".jp2": "JPEG 2000",
    ".jxl": "JPEG XL",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".avif": "AVIF",
    ".svg": "SVG",
    **dict.fromkeys((".ppm", ".pgm", ".pnm"), "PNM"),
    **dict.fromkeys((".npy", ".npz"), "NumPy"),
    **dict.fromkeys((".h5", ".hdf5"), "HDF5"),
    **dict.fromkeys((".jpg.gz", ".jpeg.gz", ".png.gz"), "gzip"),
}
"""Kinds of all images, by ending: those that are not read are told by their name."""
# The first bytes of what is often found under the name of an image.
_HEADS = (
    (JPEG_HEAD, JPEG),
    (b"\x89PNG", PNG),
    (b"SIMPLE  =", FITS),
    (b"GIF8", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "PDF"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\x93NUMPY", "NumPy"),
    (b"\x89HDF", "HDF5"),
    (b"version https://git-lfs", "Git LFS pointer"),
)
_BRANDS = {b"ftypavif": "AVIF", b"ftypheic": "HEIF", b"ftypmif1": "HEIF"}


def kind_of(data: bytes) -> str:
    """The kind of a file by its first bytes, 'unknown' for one that is not known here.

    Example:
        >>> kind_of(b"GIF89a"), kind_of(b"\\0" * 9)
        ('GIF', 'unknown')
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[:64].lstrip().startswith(b"<"):
        return "HTML or XML"
    return _BRANDS.get(data[4:12]) or next((kind for start, kind in _HEADS if data.startswith(start)), "unknown")


def split_ending(name: str) -> tuple[str, str]:
    """A file's name without folder and ending, and the ending in small letters, one of ENDINGS or '' .

    Example:
        >>> split_ending("a/587.1.JPG"), split_ending("b/9.fits.gz"), split_ending("notes.txt")
        (('587.1', '.jpg'), ('9', '.fits.gz'), ('notes.txt', ''))
    """
    base = name.rpartition("/")[2]
    stem, _, last = base.rpartition(".")
    ending = f".{last.lower()}"
    inner, _, before = stem.rpartition(".")
    if inner and f".{before.lower()}{ending}" in ENDINGS:
        return inner, f".{before.lower()}{ending}"
    return (stem, ending) if stem and ending in ENDINGS else (base, "")
