"""Random streams that depend on the seed and on stable names only, never on cores or order."""

import hashlib

import numpy as np


def stream(seed: int, *names: str) -> np.random.Generator:
    """Give the generator of the job that `names` describe, e.g. ("werkgevers", "2018", "bootstrap").

    The names are hashed (SHA-256) into the entropy of a `SeedSequence`, so that adding a job changes no
    other job's numbers.
    """
    digest = hashlib.sha256("\x1f".join(names).encode()).digest()
    words = [int.from_bytes(digest[start : start + 4], "little") for start in range(0, 32, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))
