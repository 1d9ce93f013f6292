/** What "far from every image" rests on; the cosine distance beside it may be small all the same. */
export const FAR =
  "The Euclidean distance of its meaning, or of its detail, to every image is larger than that of 99 % of images to their nearest; a cosine distance measures something else";
