"""What holds for every test: linear algebra on one thread as in every job, and property-based tests always draw
the same and are never judged by the clock.
"""

import os

from hypothesis import settings

# before numpy is loaded: two workers with two threads each do little but wait for one another
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
settings.register_profile("inspraak", deadline=None, derandomize=True)
settings.load_profile("inspraak")
