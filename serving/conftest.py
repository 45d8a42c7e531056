"""What pytest leaves aside when it looks for doctests here."""

# Importing BentoML 1.4.39 warns of its own dependencies' deprecations, which the tests' configuration makes errors.
collect_ignore = ["service.py"]
