"""Shares of disks in bins of a table's columns."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from confused import LAW, NAMES, confused
from scipy.special import expit, logit

from truemorph.cli import main
from truemorph.components.errors import InputError
from truemorph.components.evaluator.fractions_output import describe
from truemorph.components.evaluator.table_fractions import table_fractions
from truemorph.components.laws import ExponentialLaw
from truemorph.components.measures.fractions import class_shares, label_share, network_share

N = 900


@pytest.fixture
def sky(tmp_path: Path) -> Path:
    rng = np.random.default_rng(4)
    alpha, true = rng.uniform(4, 30, N), rng.random(N) < 0.6
    seen = true & (rng.random(N) > ExponentialLaw(9.0).flip_probability(alpha))
    table = pd.DataFrame({"label_raw": seen.astype(int), "alpha": alpha, "redshift": rng.random(N)})
    table["where"], table["p_disk"] = np.where(np.arange(N) % 3 == 0, "void", "cluster"), rng.random(N)
    table.to_parquet(tmp_path / "sky.parquet")
    law = {"law": "exponential", "theta": 9.0, "interval": [8.0, 10.0], "status": "ok"}
    (tmp_path / "bias_law.json").write_text(json.dumps(law))
    return tmp_path / "sky.parquet"


def test_every_share_is_that_of_the_galaxies_in_its_bin(sky: Path) -> None:
    result, table = table_fractions(sky, ["where", "redshift"], bins=3), pd.read_parquet(sky)
    assert len(result["bins"]) == 6 and sum(one["n"] for one in result["bins"]) == N
    assert result["dropped"] == {} and result["why"] is None and result["law"]["theta"] == 9.0
    for one in result["bins"]:
        z = one["place"]["redshift"]
        inside = table[(table["where"] == one["place"]["where"]) & table["redshift"].between(z["low"], z["high"])]
        flip, *others = (ExponentialLaw(theta).flip_probability(inside["alpha"]) for theta in (9.0, 8.0, 10.0))
        assert one["shares"]["labels"]["value"] == pytest.approx(inside["label_raw"].mean())
        expected = label_share(inside["label_raw"], flip, others)
        for name in ("value", "statistical", "systematic", "combined"):
            assert one["shares"]["law"][name] == pytest.approx(getattr(expected, name), abs=1e-12)
        assert one["shares"]["p_disk"]["value"] == pytest.approx(network_share(inside["p_disk"]).value)
        assert one["shares"]["p_disk"]["number"] == pytest.approx(inside["p_disk"].sum())


def test_ends_of_a_networks_intervals_are_its_systematic_ones(sky: Path) -> None:
    table = pd.read_parquet(sky)
    z = logit(table["p_disk"])
    table.assign(p_disk_lo=expit(z - 0.5), p_disk_hi=expit(z + 0.2)).to_parquet(sky)  # 68 %
    share = table_fractions(sky, ["where"])["bins"][0]["shares"]["p_disk"]
    inside = table.loc[table["where"] == "cluster", "p_disk"]
    steep = (inside * (1.0 - inside)).mean()
    ends = inside.mean() - 1.96 * 0.5 * steep, inside.mean() + 1.96 * 0.2 * steep  # 95 %
    assert share["systematic"] == pytest.approx(ends, abs=1e-4)


def test_a_sample_that_kept_half_of_the_smooth_labels_has_the_share_of_its_own_galaxies(sky: Path) -> None:
    rng, law = np.random.default_rng(5), {"law": "exponential", "theta": 9.0, "rates": [0.5, 1.0]}
    alpha, true = rng.uniform(6, 30, 20_000), rng.random(20_000) < 0.6
    seen = true & (rng.random(20_000) > ExponentialLaw(9.0).flip_probability(alpha))
    table = pd.DataFrame({"label_raw": seen.astype(int), "alpha": alpha, "true": true, "all": "all"})
    table[seen | (rng.random(20_000) < 0.5)].to_parquet(sky)
    (sky.parent / "bias_law.json").write_text(json.dumps(law))
    share = table_fractions(sky, ["all"])["bins"][0]["shares"]["law"]
    assert share["value"] == pytest.approx(pd.read_parquet(sky)["true"].mean(), abs=0.02)


def test_theta_under_other_assumptions_is_in_the_systematic_interval(sky: Path) -> None:
    law = json.loads((sky.parent / "bias_law.json").read_text())
    before = table_fractions(sky, ["where"])["bins"][0]["shares"]["law"]
    law["sensitivity"] = [{"assumption": "as fitted", "theta": 9.0}, {"assumption": "other", "theta": 10.8}]
    (sky.parent / "bias_law.json").write_text(json.dumps(law))
    after = table_fractions(sky, ["where"])["bins"][0]["shares"]["law"]
    inside = pd.read_parquet(sky).query("where == 'cluster'")
    highest = (inside["label_raw"] / (1.0 - ExponentialLaw(10.8).flip_probability(inside["alpha"]))).mean()
    assert (
        after["systematic"] == pytest.approx((before["systematic"][0], highest)) and after["value"] == before["value"]
    )


def test_without_a_law_the_labels_are_not_corrected(sky: Path) -> None:
    (sky.parent / "bias_law.json").unlink()
    result = table_fractions(sky, ["where"])
    assert "law" not in result["bins"][0]["shares"] and result["why"] == "no law: give --law bias_law.json"
    assert "no law: give --law" in describe(result)


def test_incomplete_rows_are_dropped_and_counted(sky: Path) -> None:
    table = pd.read_parquet(sky)
    table["label_raw"] = table["label_raw"].map({0: "smooth", 1: "disk"})
    table.loc[:4, "label_raw"], table.loc[5:7, "alpha"], table.loc[8:9, "where"] = "N/A", -9999.0, ""
    table.to_csv(sky.with_suffix(".csv"), index=False)
    result = table_fractions(sky.with_suffix(".csv"), ["where"])
    assert result["dropped"] == {"no label": 5, "no where": 2, "alpha stands for no value": 3}
    assert (result["rows"], sum(one["n"] for one in result["bins"])) == (N, N - 10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": ["nothing"]}, "no column 'nothing'"),
        ({"by": ["where"], "label": "where"}, "column 'where' holds 'void'; its labels must be smooth and disk, or 0"),
        ({"by": ["where"], "bins": 0}, "--bins: received 0; give at least 1"),
        ({"by": ["where"], "law": Path("none.json")}, "none.json: no such file"),
    ],
)
def test_what_a_user_can_mend_is_said(sky: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        table_fractions(sky, **options)


def test_the_command_prints_and_writes(sky: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, figure = sky.with_name("f.csv"), sky.with_name("f.png")
    words = ["fractions", str(sky), "--by", "redshift", "--bins", "2", "--out", str(table), "--figure", str(figure)]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("redshift 0.0") and lines[2].strip().startswith("corrected by the law")
    written = pd.read_csv(table)
    assert list(written["method"]) == ["labels", "law", "p_disk"] * 2 and figure.read_bytes().startswith(b"\x89PNG")
    capsys.readouterr()
    assert main([*words[:-1], "f.gif"]) == 2
    assert "--figure f.gif: name it .pdf, .png or .svg" in capsys.readouterr().err
    assert main([*words[:-4], "--out", "f.txt"]) == 2
    assert "--out f.txt: name it .csv or .parquet" in capsys.readouterr().err


def test_a_column_of_many_words_is_no_bin(sky: Path) -> None:
    table = pd.read_parquet(sky)
    table.assign(name=[f"galaxy {k}" for k in range(N)]).to_parquet(sky)
    with pytest.raises(InputError, match="column 'name' holds more than 100 different words; give numbers or classes"):
        table_fractions(sky, ["name"])


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A catalogue of three classes, with the law of their confusion beside it."""
    table, config = confused(N), LAW.get_config()
    table["label_raw"] = table["label"].map({name: place for place, name in enumerate(NAMES)})
    table[[f"p_{name}" for name in NAMES]] = np.random.default_rng(0).dirichlet(np.ones(3), N)
    table["where"] = np.where(np.arange(N) % 3 == 0, "void", "cluster")
    table.to_parquet(tmp_path / "three.parquet")
    law = {"law": config.pop("law"), "law_parameters": config, "theta": None, "interval": None, "status": "given"}
    (tmp_path / "bias_law.json").write_text(json.dumps(law))
    return tmp_path / "three.parquet"


def test_classes_of_ones_own_have_a_share_each(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, table = table_fractions(three, ["where"]), pd.read_parquet(three)
    assert result["why"] is None and result["law"]["law"] == "confusion"
    for one in result["bins"]:
        inside = table[table["where"] == one["place"]["where"]]
        expected = class_shares(inside["label_raw"], LAW.matrix(inside["alpha"]))
        for place, name in enumerate(NAMES):
            shares = {kind: one["shares"][f"{kind}_{name}"] for kind in ("labels", "law", "p")}
            assert shares["labels"]["value"] == pytest.approx((inside["label_raw"] == place).mean())
            assert shares["law"]["combined"] == pytest.approx(expected[place].combined)
            assert shares["p"]["number"] == pytest.approx(inside[f"p_{name}"].sum())
            assert all(share["class"] == name for share in shares.values())
            low, high = shares["law"]["combined"]
            assert low <= (inside["truth"] == name).mean() <= high
    words = table_fractions(three, ["where"], label="label")
    assert words["bins"] == result["bins"]
    out = three.with_name("f.csv")
    assert main(["fractions", str(three), "--by", "where", "--out", str(out), "--figure", f"{out}.png"]) == 0
    printed = capsys.readouterr().out
    assert "corrected by the law: artifact" in printed and "the law's own error is not known" in printed
    assert pd.read_csv(out)["class"].tolist() == list(NAMES) * 6


def test_the_error_of_a_confusion_is_in_the_shares(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shift = {"intercept": np.where(LAW.possible, 0.3, 0.0), "slope": np.zeros((3, 3, 1))}
    law = json.loads((three.parent / "bias_law.json").read_text())
    law["errors"] = [{name: values.tolist() for name, values in shift.items()}] * 2
    (three.parent / "bias_law.json").write_text(json.dumps(law))
    result, table = table_fractions(three, ["where"]), pd.read_parquet(three)
    for one in result["bins"]:
        inside = table[table["where"] == one["place"]["where"]]
        up, down = (
            class_shares(inside["label_raw"], LAW.shifted(shift, sign).matrix(inside["alpha"])) for sign in (1.0, -1.0)
        )
        for place, name in enumerate(NAMES):
            share, half = one["shares"][f"law_{name}"], abs(up[place].value - down[place].value) / 2
            assert share["systematic"][1] - share["value"] == pytest.approx(1.96 * np.sqrt(2.0) * half, rel=1e-3)
    assert main(["fractions", str(three), "--by", "where"]) == 0
    assert "the law's own error is not known" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label_raw": 3}, "column 'label_raw' holds 3; its labels must be smooth, disk, artifact, or 0 to 2"),
        ({"alpha": 1e-9}, "by the law, labels say nothing about galaxies as badly resolved as some of these"),
    ],
)
def test_what_classes_of_ones_own_cannot_be(three: Path, change: dict[str, float], message: str) -> None:
    table = pd.read_parquet(three)
    for name, value in change.items():
        table.loc[0, name] = value
    table.to_parquet(three)
    with pytest.raises(InputError, match=message):
        table_fractions(three, ["where"])


def test_labels_of_other_classes_need_their_law(three: Path) -> None:
    (three.parent / "bias_law.json").unlink()
    with pytest.raises(InputError, match="or 0 and 1; for other classes give --law, made by fit-law --classes"):
        table_fractions(three, ["where"])
