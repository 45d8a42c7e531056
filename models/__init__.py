"""How leads are scored: the model, its calibration, cutoffs, reasons, rules and bundle, as code."""
