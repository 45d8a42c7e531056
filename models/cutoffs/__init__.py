"""Cutoffs on the probability that keep the agreement, with a certificate."""

from models.cutoffs.certificate import Clause, Cutoff, Cutoffs, State
from models.cutoffs.certify import certify

__all__ = ["Clause", "Cutoff", "Cutoffs", "State", "certify"]
