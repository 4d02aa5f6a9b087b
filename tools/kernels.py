"""Other processors on this one: OpenBLAS, NumPy and oneDNN can be told to use older instructions.

A result that differs between processors differs because sums are made in another order. What an
older processor would do can be had here; what a newer or another one (ARM) would do, cannot.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache

NATIVE = "native"
# name in OpenBLAS: (what oneDNN may use, from which names on NumPy's own loops may not be used).
KERNELS = {
    "SkylakeX": ("AVX512_CORE", ()),
    "Haswell": ("AVX2", ("AVX512", "X86_V4")),
    "Sandybridge": ("AVX", ("AVX512", "X86_V4", "AVX2", "FMA3", "X86_V3")),
    "Nehalem": ("SSE41", ("AVX", "X86_V4", "FMA3", "X86_V3", "F16C")),
}
ASK = """
import json
from threadpoolctl import threadpool_info
try:
    from numpy._core import _multiarray_umath as core
except ImportError:
    from numpy.core import _multiarray_umath as core
here = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
blas = [library.get("architecture") for library in threadpool_info()]
print(json.dumps({"simd": here, "blas": [name for name in blas if name]}))
"""


@cache
def ask(kernel: str) -> dict[str, list[str]]:
    """What NumPy says in a new process: its loops beyond the baseline, and its BLAS kernel."""
    environment = os.environ | ({} if kernel == NATIVE else {"OPENBLAS_CORETYPE": kernel})
    command = [sys.executable, "-c", "import numpy\n" + ASK]
    answer = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return json.loads(answer.stdout) if answer.returncode == 0 else {"simd": [], "blas": []}


def environment(kernel: str, threads: int) -> dict[str, str]:
    """The variables with which a new process computes as that processor would."""
    variables = {
        "OPENBLAS_NUM_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        "TF_NUM_INTRAOP_THREADS": str(threads),
    }
    if kernel != NATIVE:
        isa, without = KERNELS[kernel]
        variables |= {"OPENBLAS_CORETYPE": kernel, "ONEDNN_MAX_CPU_ISA": isa}
        # NumPy warns of names that this machine does not have.
        if simd := [name for name in ask(NATIVE)["simd"] if name.startswith(without or ("-",))]:
            variables["NPY_DISABLE_CPU_FEATURES"] = " ".join(simd)
    return variables


def refused(kernel: str) -> str | None:
    """Why this machine cannot compute as that processor would; None if it can."""
    if kernel == NATIVE:
        return None
    here, there = ask(NATIVE)["blas"], ask(kernel)["blas"]
    if not here:
        return "NumPy has no OpenBLAS with kernels to choose from here"
    if kernel not in there:
        return f"OpenBLAS answers with {there[0] if there else 'an error'} here"
    return None


def available(names: list[str]) -> tuple[list[str], list[str]]:
    """Those of the kernels that can be had here, and a sentence for each that cannot."""
    reasons = {name: refused(name) for name in names}
    left_out = [f"{name} left out: {why}" for name, why in reasons.items() if why]
    return [name for name in names if not reasons[name]], left_out
