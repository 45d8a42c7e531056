"""What all tests share: no example of Hypothesis fails because the machine is busy."""

from hypothesis import settings

settings.register_profile("leadscore", deadline=None)
settings.load_profile("leadscore")
