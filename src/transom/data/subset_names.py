"""What all examples and those of a slice are called where subsets stand side by side; tags have their own names."""

EVERYTHING = "*"
SLICE_PREFIX = "slice:"
