"""Buttons, frames, pictures and uploads, the same on all pages."""
