"""What is computed from latents: map, clusters, neighbours, paths, samples."""
