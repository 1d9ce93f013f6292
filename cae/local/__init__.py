"""Where in the images: regions, landmarks, few-label segmentation; plain arrays in and out."""
