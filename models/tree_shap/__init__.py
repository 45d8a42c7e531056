"""Exact path-dependent TreeSHAP for a LightGBM forest, by tables that are filled once.

A leaf gives each feature on its path a share that depends on a row only through which of these features lead the row to
the leaf and which away from it. So the shares of all such patterns are computed once, when a model is loaded, and a row
is a look-up per block of leaves. ``text`` reads LightGBM's own text, ``cut`` decides which leaves share a table,
``kernels`` fills and reads them, ``forest`` is what the rest of the house uses.
"""
