"""A realistic B2B history with known truth, for tests, the demo and honest measurements."""

from training.simulation.run import DEFAULT_END, SimulationSummary, simulate

__all__ = ["DEFAULT_END", "SimulationSummary", "simulate"]
