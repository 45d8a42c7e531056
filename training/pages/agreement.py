"""How the states of a certificate are meant on a page."""

from __future__ import annotations

from models.cutoffs import State
from training.pages.content import Tone

TONES = {State.CERTIFIED: Tone.GOOD, State.PROVISIONAL: Tone.DOUBT, State.INFEASIBLE: Tone.BAD}
