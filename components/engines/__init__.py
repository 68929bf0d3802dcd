"""Beam on engines of other people: which are offered, files for their workers, jobs and what they counted."""
