"""Processes that share out replications, each with one thread for linear algebra."""

import logging
import multiprocessing
import os
import warnings
from concurrent.futures import ProcessPoolExecutor

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def shared_out(processes: int) -> ProcessPoolExecutor:
    """Give a pool of fresh processes: the number of threads is read where numpy is first imported."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    return ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), initializer=_quiet)


def _quiet() -> None:
    """Keep what the log would tell of each of thousands of surveys to ourselves."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
