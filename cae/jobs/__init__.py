"""Builds in the background, and how far they are."""
