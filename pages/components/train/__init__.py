"""Bringing images and training on them."""
