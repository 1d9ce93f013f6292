"""Trainings in the background on screen."""
