"""The part of the truth benchmark's page on real votes."""

import json
from pathlib import Path

WHERE = """Disks that experts know (Nair & Abraham 2010, ApJS 186, 427; VizieR J/ApJS/186/427) with the votes of
Galaxy Zoo 2 (Hart et al. 2016; data.galaxyzoo.org) and of the deeper coadds of Stripe 82 (Willett et al. 2013), and
the artificially redshifted galaxies of Galaxy Zoo: Hubble (FERENGI; Willett et al. 2017). Each law is fitted to the
labels of galaxies that are disks, as `truemorph fit-law` does it; **loss**: mean negative log-likelihood of a label of
galaxies held out, five folds, grouped by galaxy; θ: of the law's median galaxy, α at which a law flips as many as an
exponential law does at its θ, 95 % over galaxies. Fitted here, on these galaxies, and used by no default. Written by
`python tests/bench/truth/real_votes.py --shared DIR`.""".splitlines()


def real_votes(record: Path) -> list[str]:
    """The section, from real-votes.json; nothing where it is not there."""
    if not record.exists():
        return []
    found = json.loads(record.read_text(encoding="utf-8"))
    edges = [f"{edge:g}" for edge in found["edges"]]
    bins = [f"α {low}–{high}" for low, high in zip(edges, [*edges[1:], "∞"], strict=True)]
    lines = ["## Real votes, true classes known", "", *WHERE, ""]
    for name, sample in found["samples"].items():
        lines += [f"**{name}**: {sample['pictures']:,} pictures of {sample['galaxies']:,} galaxies", ""]
        lines += [f"| | θ | loss | flips {' | '.join(bins)} |", "| --- " * (3 + len(bins)) + "|"]
        counted = [f"{_share(flip)} of {n}" for flip, n in zip(sample["flips"], sample["n"], strict=True)]
        lines.append("| " + " | ".join(["seen", "", "", *counted]) + " |")
        for law, told in sample["laws"].items():
            theta = f"{_scale(told['theta'])} ({' to '.join(map(_scale, told['interval']))})" if "theta" in told else ""
            flips = [_share(flip) for flip in told.get("flips", [None] * len(bins))]
            lines.append("| " + " | ".join([law, theta, f"{told['loss']:.3f}", *flips]) + " |")
        lines.append("")
    return lines


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _scale(theta: float | None) -> str:
    """Beyond what any sky holds, the bound says enough."""
    if theta is None or theta < 0.5:
        return "below 0.5"
    return f"{theta:.1f}" if theta <= 100 else "above 100"
