"""The published codes' resampled numbers, their CV14 with its own bins, and a ledger of all that is stored."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias
from truemorph.components.measures.result import BiasResult

# The limits between which the follow-up scaled alpha, arcsec / arcsec.
SCALE = (0.07466520868457423, 589.4)

# Every key of a stored file: where it is compared, or why it is not.
LEDGER = {
    "cv18": {
        "case, cv18, labels, increasing_bias, log2_bins_int, bins_obs, minElementsBin, kd_tree": "arguments",
        "L, N, leaf_counts, sigma2_jkq, sigma2_sum, fractions_bins_by_class": "test_every_cv18_value_and_its_parts",
        "L_py3_2to3, L_py3_medina_port": "test_the_ports_agree_with_the_published_code",
        "engine, set, sigma2_shape": "words, and the shape of an array that is compared",
    },
    "cv14": {
        "case, labels, NA, NA_j, mode, mode1, alpha_scaling, cv14, own_clean_variant, values": "arguments",
        "L": "test_every_clean_cv14_value and test_every_published_cv14_value_is_one_of_its_bins",
        "calculate_bias_script_defaults, printed_L, printed_std": "test_the_script_took_the_first_bin_as_reference",
        "number_objects, bins_obs, log2_bins_int, N_iter": "arguments of that script",
        "engine, set, what": "words",
    },
    "cv14fit": {
        "case, N, seed, theta_true, b_true, w_true_standardised": "arguments of the simulation",
        "check_point, mle_lbfgs, mle_em, plain_logreg_theta_to_0, w, b, theta, nll, grad_w_b_theta, debiased_counts, "
        "classifier_argmax_disk, posterior_map_disk, agreement_with_true, classifier, posterior_map, observed, true, "
        "cv14_clean_NA10_leastbiased, label_counts": "bias_estimator/test_cv14.py",
        "followup_fraction_fit, num_bins, theta_inverse_minmax, f_disk, f_smooth, sse": "bias_estimator/test_fractions",
        "theta_scaled, theta_rescaled_no_offset": "the same theta in other units, see test_fractions.py",
        "max_abs_diff_vs_central_difference, iterations, success": "how the stored numbers were made",
        "engine, set, note, features, standardisation": "words",
    },
    "bootstrap.cv18": {
        "case, labels, increasing_bias, log2_bins_int, bins_obs, minElementsBin, bootstrap, N_objs, N_calc, "
        "np_random_seed, runs": "arguments",
        "Ls, N, mean, std": "test_every_resampled_value",
        "engine": "words",
    },
    "cli.cv18": {
        "args, np_random_seed, runs, table": "arguments",
        "L_mean, L_std, class_counts, null_rows": "test_what_the_published_program_printed",
        "engine, tag": "words",
    },
}


def load(path: Path) -> tuple[dict[str, Any], Any]:
    """A stored file, and the arrays of its case where it is of one."""
    content = json.loads(path.read_text())
    return content, np.load(path.with_name(f"{content['case']}.npz")) if "case" in content else None


def references(run: dict[str, Any]) -> list[str]:
    """The reference of each observable: the published code asks whether the bias increases with it."""
    return ["first" if increasing else "last" for increasing in run["increasing_bias"]]


def resampled(rng: np.random.RandomState, n: int, size: int, bootstrap: bool) -> np.ndarray:
    """Rows as the published code draws them."""
    rows = np.arange(n)
    if size > 0:
        rng.shuffle(rows)
        rows = rows[:size]
    return rng.choice(rows, size=rows.size, replace=True) if bootstrap else rows


def test_every_resampled_value(shared: Path) -> None:
    content, compared = json.loads((shared / "oracle" / "bootstrap.cv18.json").read_text()), 0
    for run in content["runs"]:
        arrays = np.load(shared / "oracle" / f"{run['case']}.npz")
        kept = np.flatnonzero(np.isin(arrays["y"], run["labels"]))
        rng, values = np.random.RandomState(run["np_random_seed"]), []
        for _ in range(run["N_calc"]):
            rows = kept[resampled(rng, kept.size, run["N_objs"], run["bootstrap"])]
            result = cv18_bias(
                arrays["y"][rows],
                arrays["observables"][rows],
                arrays["intrinsic"][rows],
                bins=run["bins_obs"],
                depth=run["log2_bins_int"],
                min_count=run["minElementsBin"],
                reference=references(run),
                classes=run["labels"],
                replicates=0,
            )
            assert result.n == run["N"]
            values.append(result.value)
        np.testing.assert_allclose(values, run["Ls"], rtol=0, atol=1e-12)
        assert (np.mean(values), np.std(values)) == pytest.approx((run["mean"], run["std"]), abs=1e-12)
        compared += len(values) + 2
    print(f"compared {compared} numbers")
    assert compared >= 252


def test_what_the_published_program_printed(shared: Path) -> None:
    """Mean over bootstraps: the program's random stream differs from ours, so means agree within their error."""
    from astropy.table import Table

    content = json.loads((shared / "oracle" / "cli.cv18.json").read_text())
    table = Table.read(shared / "oracle" / content["table"])
    columns = {name: np.ma.filled(np.ma.asarray(table[name]).astype(np.float64), np.nan) for name in table.colnames}
    known = np.all([np.isfinite(column) for column in columns.values()], axis=0)
    means, refused = 0, 0
    for run in content["runs"]:
        words = run["args"].split()
        number = {word: int(words[words.index(word) + 1]) for word in ("--number_objects", "--log2_bins_int")}
        bins, iterations = (int(words[words.index(word) + 1]) for word in ("--bins_obs", "--N_iter"))
        least = [float(words[words.index("--pbb_thresholds") + i]) for i in (1, 2)]
        labels = np.zeros(len(table), dtype=int)
        with np.errstate(invalid="ignore"):
            labels[columns["p_cs"] >= least[0]] = 1
            labels[columns["p_el"] >= least[1]] = 2
        if run["null_rows"] is not None:
            assert np.count_nonzero(~known) == run["null_rows"]
        counted = {int(float(label)): int(count) for label, count in run["class_counts"].items()}
        assert {label: np.count_nonzero(labels[known] == label) for label in counted} == counted
        rows = np.flatnonzero(known & np.isin(labels, list(counted)))
        depth, objects = number["--log2_bins_int"], number["--number_objects"]
        rng, results = np.random.RandomState(run["np_random_seed"]), []
        for _ in range(iterations):
            chosen = rows[resampled(rng, rows.size, objects * 2**depth * bins, True)]
            alpha = np.column_stack([columns[name][chosen] for name in ("corrMag_r", "petroRad_r_psf")])
            beta = np.column_stack([columns[name][chosen] for name in ("petroRad_r_kpc", "absPetroMag_r", "z")])
            options: dict[str, Any] = {"bins": bins, "depth": depth, "min_count": objects, "classes": sorted(counted)}
            results.append(cv18_bias(labels[chosen], alpha, beta, reference=["first", "last"], replicates=0, **options))
        if run["L_mean"] == 0:
            assert {result.status for result in results} == {"insufficient_data"}
            refused += 1
            continue
        values = [result.value for result in results]
        assert np.mean(values) == pytest.approx(run["L_mean"], abs=6 * run["L_std"] / np.sqrt(iterations))
        # The spread of a standard deviation is itself over sqrt(2 n); twice, for two samples; three of these.
        assert np.std(values) == pytest.approx(run["L_std"], rel=3 / np.sqrt(iterations))
        means += 2
    print(f"compared {means} means and spreads; {refused} refused as they must be")
    assert (means, refused) == (6, 1)


def test_the_script_took_the_first_bin_as_reference(shared: Path) -> None:
    compared = 0
    for path in sorted((shared / "oracle").glob("c*.cv14.json")):
        content, arrays = load(path)
        script = content.get("calculate_bias_script_defaults")
        if script is None:
            continue
        first, last = (
            cv18_bias(
                arrays["y"],
                arrays["observables"],
                arrays["intrinsic"],
                bins=script["bins_obs"],
                depth=script["log2_bins_int"],
                min_count=script["number_objects"],
                reference=reference,
            )
            for reference in ("first", "last")
        )
        assert first.value == pytest.approx(script["printed_L"], abs=1e-12)
        assert last.value != pytest.approx(script["printed_L"], abs=1e-4)
        assert script["printed_std"] == 0 and script["N_iter"] == 1
        compared += 1
    assert compared == 2


def published_cv14(labels: np.ndarray, alpha: np.ndarray, bins: int, mode: int, mode1: int) -> float:
    """CV14 as the published script cuts its bins: at values, the last one open upwards by 1, an empty bin counted 0."""
    ordered = np.sort(alpha)
    if mode1 == 0:
        limits = np.linspace(ordered[0], ordered[-1], bins + 1)
    else:
        limits = np.append(ordered[0], ordered[alpha.size // bins * np.arange(1, bins + 1) - 1])
    limits[-1] += 1.0
    squares = []
    inside = [(alpha >= low) & (alpha < high) for low, high in pairwise(limits)]
    for k in (0, 1):
        share = np.array([np.mean(labels[rows] == k) if rows.any() else 0.0 for rows in inside])
        squares.append(np.mean(np.square(share - (np.mean(labels == k) if mode == 0 else share[-1]))))
    return float(np.sqrt(np.mean(squares)))


def test_every_published_cv14_value_is_one_of_its_bins(shared: Path) -> None:
    """So nothing but the limits of the bins parts that code from the definition, which cuts by rank."""
    values, near = 0, 0
    for path in sorted((shared / "oracle").glob("c*.cv14.json")):
        content, arrays = load(path)
        for run in content["cv14"]:
            labels, alpha = arrays["y"], arrays["observables"][:, -1].astype(np.float64)
            scaled = (alpha - SCALE[0]) / (SCALE[1] - SCALE[0]) if run["alpha_scaling"] == "minmax" else alpha
            theirs = published_cv14(labels, scaled, run["NA_j"], run["mode"], run["mode1"])
            assert theirs == pytest.approx(run["L"], abs=1e-12), (content["case"], run)
            values += 1
            if (run["mode1"], run["alpha_scaling"]) == (1, "minmax") and np.unique(alpha).size == alpha.size > 1000:
                reference = {0: "overall", 1: "last"}[run["mode"]]
                ours = cv14_bias(labels, alpha, bins=run["NA_j"], reference=reference, replicates=0)
                # Its bins are off by one object.
                assert ours.value == pytest.approx(run["L"], abs=2.0 * run["NA_j"] / alpha.size + 1e-3)
                near += 1
    print(f"reproduced {values} values of L; ours is near {near} of them")
    assert values >= 256 and near >= 40


def test_the_ports_agree_with_the_published_code(shared: Path) -> None:
    compared = 0
    for path in sorted((shared / "oracle").glob("c[0-9]*.cv18.json")):
        for run in load(path)[0]["cv18"]:
            if isinstance(run["L"], float):
                assert run["L_py3_2to3"] == run["L_py3_medina_port"] == pytest.approx(run["L"], abs=1e-15)
                compared += 1
    assert compared >= 44


def test_every_stored_number_is_compared_or_explained(shared: Path) -> None:
    kinds = 0
    for path in sorted((shared / "oracle").glob("*.json")):
        if path.name.endswith(".meta.json"):
            continue
        kind = path.name.removesuffix(".json")
        kind = kind if kind in LEDGER else kind.split(".")[1]
        told = {key for keys in LEDGER[kind] for key in keys.split(", ")}
        assert keys_of(json.loads(path.read_text())) - told == set(), path.name
        kinds += 1
    assert kinds >= 28


def keys_of(tree: Any) -> set[str]:
    """All keys of nested dicts and lists, but for names of leaves and of classes."""
    if isinstance(tree, list):
        return set().union(*(keys_of(item) for item in tree))
    if not isinstance(tree, dict):
        return set()
    named = {"fractions_bins_by_class", "class_counts"}
    return set(tree).union(*(keys_of(item) for key, item in tree.items() if key not in named))


def test_a_result_has_what_the_interface_promises() -> None:
    rng = np.random.default_rng(0)
    result = cv14_bias(rng.integers(0, 2, 500), rng.random(500))
    assert isinstance(result, BiasResult)
    for name in ("value", "interval", "noise_floor", "n", "bins", "status"):
        assert getattr(result, name) is not None, name
