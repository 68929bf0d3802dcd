"""Pusher: blessing and the SavedModel with its serving signatures."""
