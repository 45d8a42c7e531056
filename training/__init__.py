"""How a model is made: intake of history, examples, fit, evaluation, gate and tracking."""
