#!/usr/bin/env python3
"""Runs the engine tests for other processors under the user-mode emulation of qemu.

    emulated.py build FOLDER             cross-compiles the engine and its tests for aarch64 into FOLDER (CMakeLists.txt)
    emulated.py run FOLDER CPU TARGET    runs the tests of the NEON target TARGET on the processor model CPU
    emulated.py x86 ENGINE_TEST CPU TARGET   runs short tests of the native engine_test on an older x86 processor

A run fails if no tests of TARGET ran on CPU. Exit code 77 (skipped): the cross compiler, qemu or the source of GoogleTest
is not installed (packages.txt, [debian test]), or this machine is not x86-64 Linux.
"""

import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77
HERE = Path(__file__).resolve().parent
COMPILER = "aarch64-linux-gnu-g++"
GTEST_SOURCE = Path("/usr/src/googletest/googletest/src/gtest-all.cc")

# Long texts and full-size models take minutes under emulation and cover no more of an instruction set than small ones.
TOO_LONG = ["*LongText*", "*MiniLm*", "*EncoderGoldens.BgeM3/*", "*EncoderGoldens.Rerankers*", "*BertEmbedders*"]
LISTS = ["TargetList.*", "KernelList.*", "CpuFeatures.*", "X86Features.*"]


def skip(reason):
    print("skipped: " + reason)
    sys.exit(SKIPPED)


def need(*programs):
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        skip("emulation needs x86-64 Linux")
    for program in programs:
        if shutil.which(program) is None:
            skip(f"{program} is not installed; see packages.txt, [debian test]")


def build(folder):
    need(COMPILER, "cmake", "ninja")
    if not GTEST_SOURCE.is_file():
        skip(f"{GTEST_SOURCE} does not exist; install libgtest-dev")
    subprocess.run(["cmake", "-S", HERE, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                    "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG", "-DCMAKE_SYSTEM_NAME=Linux",
                    "-DCMAKE_SYSTEM_PROCESSOR=aarch64", "-DCMAKE_CXX_COMPILER=" + COMPILER], check=True)
    subprocess.run(["cmake", "--build", folder, "--target", "engine_test"], check=True)


def emulate(qemu, cpu, engine_test, target, tests):
    command = [qemu, "-cpu", cpu, engine_test, "--gtest_filter=" + ":".join(tests + LISTS) + "-" + ":".join(TOO_LONG)]
    process = subprocess.run(command, cwd=HERE.parents[1], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             errors="replace")
    print(process.stdout)
    if process.returncode != 0:
        sys.exit(f"engine_test on {cpu} ended with {process.returncode}")
    if lacks := re.search(rf"^{target} needs .+", process.stdout, re.M):  # a missing feature is an error, missing reference data is not
        sys.exit(f"{cpu} should run {target}, but {lacks[0]}")
    passed = re.findall(rf"^\[       OK \] \S+/{target}(?:_int8|_half)? \(", process.stdout, re.M)
    if len(passed) < 4:
        sys.exit(f"only {len(passed)} tests of {target} ran")


def run(folder, cpu, target):
    need("qemu-aarch64-static")
    engine_test = Path(folder, "engine", "engine_test").resolve()
    if not engine_test.is_file():
        skip("engine_test for aarch64 was not built; see the test aarch64_build")
    tests = [f"*/{target}", f"*/{target}_int8", f"*/{target}_half"]
    emulate("qemu-aarch64-static", cpu, engine_test, target, tests)


def run_x86(engine_test, cpu, target):
    need("qemu-x86_64-static")
    tests = [f"*CpuKinds*/{target}", f"*CpuQuantize*/{target}", f"*WritesOnlyItsPanels/{target}_*"]
    emulate("qemu-x86_64-static", cpu, engine_test, target, tests)


def main():
    commands = {("build", 1): build, ("run", 3): run, ("x86", 3): run_x86}
    arguments = sys.argv[2:]
    command = commands.get((sys.argv[1] if len(sys.argv) > 1 else "", len(arguments)))
    if command is None:
        sys.exit(__doc__)
    command(*arguments)


if __name__ == "__main__":
    main()
