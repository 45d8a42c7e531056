"""A new calibration on fresh outcomes, the trees untouched."""
