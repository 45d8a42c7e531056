"""What a model is made of: shapes of trees, scorecard, their weights, the level that is followed, the calibration."""
