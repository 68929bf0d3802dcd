"""Galaxy Zoo 2: its release, the SDSS photometry and seeing, and the structure of Simard+11."""

from pathlib import Path

from truemorph.components.errors import InputError
from truemorph.components.fetcher.download import download
from truemorph.components.fetcher.photometry import astroquery, fetch_photometry
from truemorph.components.files import replacing
from truemorph.components.tables.table import read_columns

VOTES = "gz2_hart16.csv.gz"
# Hart et al. 2016, and Zenodo 10.5281/zenodo.3565489. Neither page gives a SHA-256.
FILES = {
    VOTES: "https://gz2hart.s3.amazonaws.com/gz2_hart16.csv.gz",
    "gz2_filename_mapping.csv": "https://zenodo.org/records/3565489/files/gz2_filename_mapping.csv?download=1",
    "images_gz2.zip": "https://zenodo.org/records/3565489/files/images_gz2.zip?download=1",
}
SIMARD = "J/ApJS/196/11/table3"


def fetch_gz2(out: Path) -> list[str]:
    """Fetch everything that a run on Galaxy Zoo 2 needs; what is there already is kept.

    Args:
        out: folder.

    Returns:
        the options of `truemorph run` for what was fetched.

    Raises:
        InputError: if a server fails again and again, or astroquery is not installed.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out}: is a file; give a folder")
    # Found out before the gigabytes, not after.
    astroquery("sdss")
    for name, url in FILES.items():
        download(url, out / name)
    photometry, structure = out / "photometry.csv", out / "simard11_table3.csv"
    if not photometry.exists():
        objids = read_columns(out / VOTES, [], ids=["dr7objid"])["dr7objid"].dropna().to_list()
        fetch_photometry(objids, photometry)
    if not structure.exists():
        _simard(structure)
    return [
        f"--votes={out / VOTES}",
        f"--photometry={photometry}",
        f"--mapping={out / 'gz2_filename_mapping.csv'}",
        f"--images={out / 'images_gz2.zip'}",
        f"--structure={structure}",
    ]


def _simard(path: Path) -> None:
    vizier = astroquery("vizier").Vizier(columns=["objID", "ng", "e", "Rhlr"], row_limit=-1)
    try:
        table = vizier.get_catalogs(SIMARD)[0].to_pandas()
    except Exception as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{path}: VizieR did not send {SIMARD} ({why}); try again later") from error
    with replacing(path) as staged:
        table.to_csv(staged, index=False)
