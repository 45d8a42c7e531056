"""Reasons over many leads: audited, put into a table, and drawn by shap's own pictures."""
