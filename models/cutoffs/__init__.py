"""Cutoffs on the probability that keep the agreement, with a certificate and a watch on it."""

from models.cutoffs.certificate import Clause, Cutoff, Cutoffs, State
from models.cutoffs.certify import certify
from models.cutoffs.watch import Watch

__all__ = ["Clause", "Cutoff", "Cutoffs", "State", "Watch", "certify"]
