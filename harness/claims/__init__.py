"""Published numbers, the deviations that are tolerated, and the verdict of a comparison."""
