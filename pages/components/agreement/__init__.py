"""The page Agreement: a second study of the same images."""
