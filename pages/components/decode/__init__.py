"""Ways to decode places between images."""
