"""Simulator: a sky with known truth, in the upstream formats."""
