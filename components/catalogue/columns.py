"""The columns of a catalogue: what each holds, in a sentence, with its unit and its UCD."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from truemorph.components.classes import columns_of


@dataclass(frozen=True)
class Column:
    """What a column holds.

    Args:
        description: in a sentence, ASCII, as FITS wants it.
        ucd: in the IVOA's controlled vocabulary, UCD1+; None where no word fits.
        unit: in the IVOA's notation, None where there is none.
    """

    description: str
    ucd: str | None = None
    unit: str | None = None


_P_DISK, _MIN, _MAX = "stat.probability;src.morph.type", ";stat.min", ";stat.max"
COLUMNS: Mapping[str, Column] = {
    "objid": Column("Identifier of the galaxy, as text.", "meta.id;meta.main"),
    "label": Column("Our answer: smooth or disk; disk where p_disk is above 0.5.", "src.morph.type"),
    "p_disk": Column("p(disk | image) of the network that learnt through the law of mislabelling.", _P_DISK),
    "p_disk_lo": Column("Lower end of the 68 % interval of p_disk: by labels, theta and networks.", _P_DISK + _MIN),
    "p_disk_hi": Column("Upper end of the 68 % interval of p_disk: by labels, theta and networks.", _P_DISK + _MAX),
    "entropy_image": Column("Entropy of smooth or disk that the image itself leaves open.", "stat.param", "bit"),
    "entropy_network": Column("Entropy of smooth or disk that the network adds by not knowing.", "stat.param", "bit"),
    "training_distance": Column(
        "Share of galaxies held back from training that look more like the training set; 1: unlike any.",
        "stat.param",
    ),
    "p_disk_posterior": Column("p(disk | image, raw label): p_disk and the volunteers' label together.", _P_DISK),
    "p_votes_disk": Column(
        "Expected share of votes for disk, among those for smooth or disk, of the galaxy as it is seen.", _P_DISK
    ),
    "p_votes_disk_best": Column(
        "Expected share of votes for disk, among those for smooth or disk, at the best resolution.", _P_DISK
    ),
    "in_training": Column("Whether a network that answers for this galaxy was trained on its label.", "meta.code"),
    "split": Column("The part of the sample that the galaxy belongs to: train, eval or test.", "meta.code"),
    "alpha": Column(
        "Resolution: Petrosian radius in r over the standard deviation of the PSF.", "phys.angSize;arith.ratio"
    ),
    "label_raw": Column("The volunteers' label by the raw votes: 0 smooth, 1 disk.", "src.morph.type"),
    "label_votes_debiased": Column(
        "Label by the votes that Hart et al. 2016 corrected for redshift: 0 smooth, 1 disk.", "src.morph.type"
    ),
    "p_disk_naive": Column("p(disk | image) of a network that takes the raw labels as they are.", _P_DISK),
    "p_disk_naive_debiased_labels": Column(
        "p(disk | image) of a network that takes label_votes_debiased as it is.", _P_DISK
    ),
    "p_disk_cv14": Column("p(disk | structure) of the regression of Cabrera, Miller and Schneider 2014.", _P_DISK),
    "petroRad_r_kpc": Column("Petrosian radius in r.", "phys.size.radius;em.opt.R", "kpc"),
    "absPetroMag_r": Column("Absolute Petrosian magnitude in r, without K correction.", "phys.magAbs;em.opt.R", "mag"),
    "redshift": Column("Redshift, as given in the sources.", "src.redshift"),
    "ng": Column("Sersic index.", "src.morph.param"),
    "e": Column("Ellipticity, 1 - b/a.", "src.ellipticity"),
    "Rhlr": Column("Half-light radius in r.", "phys.size.radius;em.opt.R", "kpc"),
    "ra": Column("Right ascension, as given in the sources.", "pos.eq.ra;meta.main", "deg"),
    "dec": Column("Declination, as given in the sources.", "pos.eq.dec;meta.main", "deg"),
    "_healpix_29": Column("Nested HEALPix index of ra and dec at order 29.", "meta.id"),
    "observed": Column("The label seen: smooth or disk.", "src.morph.type"),
    "status": Column("ok, or why there is no prediction, or why it is worth little.", "meta.code.status"),
}
"""Every column that truemorph itself writes, and coordinates."""


def described(name: str, classes: Sequence[str] | None = None) -> Column:
    """What a column holds; one that is not ours was passed through.

    Args:
        name: of the column.
        classes: names of classes of your own; None: smooth and disk.

    Example:
        >>> described("petroRad_r_kpc").unit, described("specobjid").description
        ('kpc', 'Copied from the sources as it was.')
        >>> described("p_ring_naive", ("plain", "ring")).description
        'p(ring | image) of a network that takes the raw labels as they are.'
    """
    ours = _of_classes(tuple(classes)) if classes else COLUMNS
    return ours.get(name, Column("Copied from the sources as it was."))


@cache
def _of_classes(classes: tuple[str, ...]) -> Mapping[str, Column]:
    """The same of classes of your own."""
    words = ", ".join(classes)
    told = {
        "0 smooth, 1 disk": ", ".join(f"{place} {name}" for place, name in enumerate(classes)),
        "share of votes for disk, among those for smooth or disk,": "share of votes (or labels, uncounted) for disk",
        "labels, theta and networks": "labels, confusion and networks",
        "Entropy of smooth or disk": f"Entropy of {words}",
    }
    found: dict[str, Column] = {}
    for ours, column in COLUMNS.items():
        for name, spelt in zip(classes, columns_of(ours, classes), strict=True):
            text = column.description
            mine = {"p_disk": f"p_{name}", "p(disk": f"p({name}", ") for disk": f") for {name},"}
            for two, several in (told | mine).items():
                text = text.replace(two, several)
            found.setdefault(spelt, replace(column, description=text))
    answer, seen = f"Our answer, the most probable of {words}.", f"The label seen, one of {words}."
    texts = {"label": answer, "observed": seen}
    return found | {name: replace(COLUMNS[name], description=text) for name, text in texts.items()}
