"""Images wherever they are kept: stores, checks, cutouts, pixels."""
