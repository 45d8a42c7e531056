"""The measured evidence of a model, gathered from what a run found on the leads held out."""
