"""Two groups of images beside each other, Table 1, and survival."""
