"""The pipeline from Python: run, check and predict, whose results print."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.artifacts.report import REPORT, Report
from truemorph.components.errors import InputError
from truemorph.components.tables.parquet import frame
from truemorph.config import Config
from truemorph.config.presets import fitting, preset
from truemorph.config.reader import configured
from truemorph.preview import Preview, preview
from truemorph.sources import Sources, make_sources

Given = str | Path | Mapping[str, str] | None


@dataclass(frozen=True, repr=False)
class Run:
    """A finished run; it prints, also at a notebook's prompt, as the paper's Table 1.

    Args:
        out: its folder.
        report: the content of report.json.
    """

    out: Path
    report: dict[str, Any]

    @property
    def rows(self) -> pd.DataFrame:
        """The report's rows, one line each, by key."""
        return pd.json_normalize(self.report["rows"]).set_index("key")

    @property
    def predictions(self) -> pd.DataFrame:
        """One line for each galaxy."""
        return frame(self.out / "predictions.parquet")

    def __repr__(self) -> str:
        from truemorph.components.evaluator.report import table_text

        return f"{table_text(self.report)}\nreport: {self.out / 'report' / 'report.html'}"


@dataclass(frozen=True, repr=False)
class Predictions:
    """Debiased predictions; they print as counts.

    Args:
        table: as `truemorph predict` writes it.
        counts: galaxies by what was found.
    """

    table: pd.DataFrame
    counts: dict[str, Any]

    def __repr__(self) -> str:
        return in_words(self.counts)


NOT_CLASSES = ("unreadable", "framing", "reasons", "hidden", "parts")


def in_words(counts: Mapping[str, Any]) -> str:
    """What `predict` counted."""
    told = ", ".join(f"{counts[name]:,} {name}" for name in counts if name not in NOT_CLASSES)
    for kind, words in (("unreadable", "unreadable"), ("framing", "framed differently from the training images")):
        told += f", {counts[kind]:,} {words}" if counts[kind] else ""
    if counts["reasons"]:
        told += f" ({', '.join(f'{reason} {count:,}' for reason, count in counts['reasons'].items())})"
    return told + (f"; {counts['hidden']:,} hidden files left out" if counts["hidden"] else "")


def run(sources: Mapping[str, Given], out: str | Path, **settings: Any) -> Run:
    """Run the whole pipeline, or continue where it stopped, as `truemorph run`.

    Args:
        sources: paths by the names of the options: votes, photometry, structure, mapping, images; or table, images and
            columns, where the columns of a table of your own have names of their own.
        out: the folder of the results.
        settings: a preset, and sections of the configuration, such as trainer={"epochs": 5}.

    Returns:
        The report; print it.

    Raises:
        InputError: as the command line tells them.

    Examples:
        >>> files = {"table": "galaxies.csv", "images": "stamps"}
        >>> found = run(files, "run", preset="cpu", trainer={"epochs": 30})  # doctest: +SKIP
        >>> print(found)  # doctest: +SKIP
    """
    from truemorph.dag import create_pipeline
    from truemorph.local import LocalDagRunner

    folder = Path(out).absolute()
    given = _sources(sources)
    name = settings.pop("preset", None)
    _config(None, settings)  # what is wrong is told before TensorFlow has loaded
    name = name or fitting(folder)[0]
    LocalDagRunner(folder).run(create_pipeline(_config(name, settings), given, folder), notes={"preset": name})
    return Run(folder, Report.read(folder / "report" / REPORT).as_json())


def check(sources: Mapping[str, Given], sheet: str | Path | None = None, **settings: Any) -> Preview:
    """Say what a run over some sources would be, as `truemorph check`.

    Args:
        sources: as for `run`.
        sheet: where a PNG of what the network will see is written.
        settings: as for `run`.

    Returns:
        What was found; print it.

    Raises:
        InputError: if a source is missing, damaged or without a needed column.

    Examples:
        >>> found = check({"table": "galaxies.csv", "images": "stamps"})  # doctest: +SKIP
        >>> found.rows["ddb"], found.classes  # doctest: +SKIP
        (None, {'smooth': 812, 'disk': 640})
    """
    config = _config(settings.pop("preset", None), settings)
    return preview(_sources(sources), config, None if sheet is None else Path(sheet))


def predict(model: str | Path, images: str | Path, out: str | Path | None = None) -> Predictions:
    """Predict the true classes of images, as `truemorph predict`.

    Args:
        model: serving/ of a run, a version in it, or models/<name>/.
        images: folder, .zip or URL.
        out: a table to write; None: none is kept.

    Returns:
        The table of predictions, and counts; print them.

    Raises:
        InputError: as the command line tells them.

    Examples:
        >>> found = predict("run/serving", "stamps")  # doctest: +SKIP
        >>> found.table["p_disk"].mean()  # doctest: +SKIP
        0.41
    """
    from truemorph.components.bulk_inferrer.predict import predict

    with tempfile.TemporaryDirectory() as folder:
        kept = Path(out) if out is not None else Path(folder) / "predictions.parquet"
        counts = predict(Path(model), images if "://" in str(images) else Path(images), kept)
        return Predictions(_read(kept), counts)


def _read(path: Path) -> pd.DataFrame:
    """A table that `predict` wrote."""
    if path.suffix == ".parquet":
        return frame(path)
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype={"objid": str})
    from astropy.table import Table

    return Table.read(path).to_pandas()


def _sources(given: Mapping[str, Given]) -> Sources:
    names = ("votes", "photometry", "images", "mapping", "structure", "table", "columns")
    unknown = set(given) - set(names)
    if unknown:
        raise InputError(f"sources: unknown source {min(unknown)!r}; choose from {', '.join(names)}")
    if given.get("images") is None:
        raise InputError("sources: images are missing; give a folder, a .zip or a URL")
    return make_sources(**given)  # type: ignore[arg-type]


def _config(name: str | None, sections: Mapping[str, Any]) -> Config:
    return configured(sections, preset(name) if name else None)
