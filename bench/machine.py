"""Describes the machine of the results: CPU, memory, load, and its measured peak."""

import json
import os
import platform
import subprocess

# The peak with which an engine's time is compared, best first, if kernels are unrestricted.
PATHS = {
    "float32": ["fp32_avx512", "fp32_avx2", "fp32_portable"],
    "half": ["bf16_amx", "bf16_avx512", "fp32_avx512", "fp32_avx2", "fp32_portable"],
    "int8": ["int8_amx", "int8_avx512_vnni", "int8_avx_vnni", "int8_avx2", "fp32_portable"],
}
# The same when --isa restricts the kernels: {name that rappel gives it: family -> path}.
RESTRICTED = {
    "avx512vnni": {"float32": ["fp32_avx512"], "half": ["fp32_avx512"], "int8": ["int8_avx512_vnni"]},
    "avx512": {"float32": ["fp32_avx512"], "half": ["fp32_avx512"], "int8": []},
    "avxvnni": {"float32": ["fp32_avx2"], "half": ["fp32_avx2"], "int8": ["int8_avx_vnni"]},
    "avx2": {"float32": ["fp32_avx2"], "half": ["fp32_avx2"], "int8": ["int8_avx2"]},
}


def memory_available():
    """Bytes available without swapping; 8 GB if the system does not report it."""
    try:
        with open("/proc/meminfo") as lines:
            for line in lines:
                if line.startswith("MemAvailable"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 8 << 30


def describe(peak_program, threads):
    name = platform.processor() or platform.machine()
    flags = []
    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                key, _, value = line.partition(":")
                if key.strip() == "model name":
                    name = value.strip()
                if key.strip() == "flags":
                    known = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
                    flags = [flag for flag in known if flag in value.split()]
                    break
    except OSError:
        pass
    peak = {}
    if peak_program:
        done = subprocess.run([str(peak_program), "--threads", str(threads)], capture_output=True, text=True, check=True)
        peak = json.loads(done.stdout)
    return {"cpu": name, "flags": flags, "cpus": os.cpu_count(), "system": platform.platform(terse=True), "peak": peak}


def peak_for(peak, family, isa):
    """(path, GFLOP/s) of the best instruction path for the family; (None, 0) when that path was not measured."""
    if isa in ("", "amx"):
        paths = PATHS[family]
    else:
        paths = RESTRICTED.get(isa, {}).get(family, ["fp32_portable"])
    for path in paths:
        if path in peak:
            return path, peak[path]
    return None, 0
