"""Figures and tables of the page Report."""
