"""Two groups of images beside each other, and Table 1."""
