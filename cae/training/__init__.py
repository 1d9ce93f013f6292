"""Augmentation, optimisation and checkpoints."""
