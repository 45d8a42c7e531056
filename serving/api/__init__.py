"""The calls over HTTP: which there are, who may make them, what goes in and what comes out."""
