"""Likely images in the place of mean ones: what a decoder leaves out, invented."""
