"""What needs a study and its model: paths, the lens, samples, lookup, points found again."""
