"""Image sets from NIfTI: slices or patches of volumes, with their masks."""
