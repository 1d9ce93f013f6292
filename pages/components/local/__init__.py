"""What a local model says of pixels, on screen."""
