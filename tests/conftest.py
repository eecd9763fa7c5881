"""What holds for every test: property-based tests are never judged by the clock, and always draw the same."""

from hypothesis import settings

settings.register_profile("inspraak", deadline=None, derandomize=True)
settings.load_profile("inspraak")
