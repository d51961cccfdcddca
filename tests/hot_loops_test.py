#!/usr/bin/env python3
"""Checks the machine code of the engine's inner multiply loops: sums must stay in registers.

    hot_loops_test.py ARCHIVE [OBJDUMP]   disassembles the engine library, prints each vector move between a hot loop and the
                                          stack (function, offset, instruction) and exits with 1 if there is any
    hot_loops_test.py --self-test         runs the check on small listings with known results

A hot loop is the code between a branch and its earlier target that contains multiply-adds and no other such loop. If the
compiler runs out of registers or keeps an array of sums in memory, the loop contains vector moves relative to the stack
pointer. This can halve the speed, and no other test detects it. Addresses and counters on the stack are harmless. A file
without the loops in REQUIRED is an error, otherwise an empty list would pass. Not detected: a sum that is accessed through
another register that points into the stack.
Exit code 77 (skipped): no objdump, no archive, or an unsupported object format.
"""

import os
import platform
import re
import shutil
import subprocess
import sys

SKIPPED = 77

# Per architecture: member of the archive -> (part of the function name, prefix of its multiply instruction) of loops that must
# exist. Loops with other instructions, such as the conversion of sums to float, are not checked.
REQUIRED = {
    "x86-64": {
        "kernels.cc.o": [("N_AVX3::multiply_tile", "vfmadd"), ("N_AVX2::multiply_tile", "vfmadd"),
                         ("N_SSE4::multiply_tile", "mulps")],
        "product_avx2.cc.o": [("", "vpmaddubsw"), ("", "vpmaddwd")],
        "product_avx_vnni.cc.o": [("", "vpdpbusd"), ("", "vpdpwssd")],
        "product_avx512_vnni.cc.o": [("", "vpdpbusd"), ("", "vpdpwssd")],
        "product_amx.cc.o": [("", "tdpbusd"), ("", "tdpbf16ps")],
        "tile_attention_amx.cc.o": [("attend", "tdpbf16ps")],
        "tile_attention_avx512_bf16.cc.o": [("attend", "vdpbf16ps")],
    },
    "aarch64": {
        "kernels.cc.o": [("N_NEON::multiply_tile", "fmla")],
        "product_neon.cc.o": [("", "sadalp"), ("", "smlal")],
        "product_neon_dotprod.cc.o": [("", "sdot")],
        "product_neon_i8mm.cc.o": [("", "usmmla"), ("", "bfmmla")],
    },
}
# Polynomials: multiply-adds without sums, whose constants may be reloaded.
ELEMENTWISE = re.compile(r"::(finish_columns|map_exp|map_gelu|map_tanh)\b")

FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(?:(\{\w+\}) )?(\S+)\s*(.*)$")
BRANCH = re.compile(r"(?:^|, *)([0-9a-f]+) <.*>\s*(?://.*)?$")
FILE = re.compile(r"^(\S+):\s+file format elf64-(\S+)$")

# Vector registers (not d8 to d15, which ARM functions save for their callers), and pointers into the stack. rbp is an ordinary
# register unless the function makes it the frame pointer.
VECTOR = {"x86-64": re.compile(r"%[xyzt]mm\d"), "aarch64": re.compile(r"\b[qv]\d+")}
STACK = {"x86-64": re.compile(r"\(%rsp"), "aarch64": re.compile(r"\[(sp|x29)\b")}
FRAME = re.compile(r"\(%rbp")


class Function:
    def __init__(self, member, name):
        self.member, self.name = member, name
        self.code = []  # (address, mnemonic, operands)

    def loops(self, multiplies):
        """The loops that contain the instructions, as lists of instructions."""
        place = {address: i for i, (address, _, _) in enumerate(self.code)}
        spans = set()
        for i, (address, mnemonic, operands) in enumerate(self.code):
            target = BRANCH.search(operands)
            if target is None or mnemonic.startswith(("call", "bl")) or mnemonic in ("adrp", "adr", "lea"):
                continue
            begin = place.get(int(target[1], 16))
            if begin is not None and begin <= i and any(m.startswith(multiplies) for _, m, _ in self.code[begin:i + 1]):
                spans.add((begin, i))
        inner = []
        for begin, end in sorted(spans, key=lambda span: span[1] - span[0]):
            if all(end < other[0] or other[1] < begin for other in inner):
                inner.append((begin, end))
        return [self.code[begin:end + 1] for begin, end in sorted(inner)]

    def has_frame(self):
        return any(mnemonic in ("mov", "lea") and operands.replace(" ", "").endswith(",%rbp") and "%rsp" in operands
                   for _, mnemonic, operands in self.code)


def parse(listing):
    """(architecture, functions) from the output of objdump."""
    architecture, member, functions = None, "", []
    for line in listing.splitlines():
        if match := FILE.match(line):
            member = match[1]
            architecture = "aarch64" if "aarch64" in match[2] else match[2]
        elif match := FUNCTION.match(line):
            functions.append(Function(member, match[1]))
        elif functions and (match := INSTRUCTION.match(line)):
            functions[-1].code.append((int(match[1], 16), match[3], match[4]))
    return architecture, functions


def offences(function, loop, architecture):
    framed = architecture == "x86-64" and function.has_frame()
    for address, mnemonic, operands in loop:
        on_stack = STACK[architecture].search(operands) or framed and FRAME.search(operands)
        if on_stack and VECTOR[architecture].search(operands):
            yield f"{function.member}: {function.name}+{address - function.code[0][0]:#x}: {mnemonic} {operands}"


def check(listing, required=REQUIRED):
    """(problems, number of hot loops)"""
    architecture, functions = parse(listing)
    if architecture not in required:
        return [f"no code for x86-64 or aarch64 (found: {architecture})"], 0
    problems, found = [], []
    for function in functions:
        if function.member not in required[architecture] or ELEMENTWISE.search(function.name):
            continue
        multiplies = tuple(multiply for _, multiply in required[architecture][function.member])
        for loop in function.loops(multiplies):
            found.append((function.member, function.name, {mnemonic for _, mnemonic, _ in loop}))
            problems += offences(function, loop, architecture)
    for member, loops in required[architecture].items():
        for name, multiply in loops:
            if not any(m == member and name in f and any(i.startswith(multiply) for i in used) for m, f, used in found):
                problems.append(f"{member}: no loop with {multiply} in {name or 'any function'}")
    return problems, len(found)


# --- self-test ---

def x86(body, prologue="push %rbp"):
    lines = ["product_avx2.cc.o:     file format elf64-x86-64", "0000000000000000 <multiply_tile<3>>:"]
    lines += [f"  {i:4x}:\t{text}" for i, text in enumerate([prologue, *body])]
    return "\n".join(lines)


def arm(body):
    lines = ["product_neon.cc.o:     file format elf64-littleaarch64", "0000000000000000 <multiply_tile<3>>:"]
    return "\n".join(lines + [f"  {4 * i:4x}:\t{text}" for i, text in enumerate(body)])


MADD = ["vpmaddwd (%rsi),%ymm0,%ymm2", "vpaddd %ymm2,%ymm3,%ymm3"] * 4
BACK = "jne    1 <multiply_tile<3>+0x1>"
ONE = {"x86-64": {"product_avx2.cc.o": [("", "vpmaddwd")]}, "aarch64": {"product_neon.cc.o": [("", "sdot")]}}
DOT = ["sdot\tv0.4s, v16.16b, v20.4b[0]"] * 4
CASES = [
    ("sums in registers", x86([*MADD, BACK]), None),
    ("a sum is stored", x86([*MADD, "vmovdqa %ymm3,0x20(%rsp)", BACK]), "multiply_tile<3>+0x9: vmovdqa %ymm3,0x20(%rsp)"),
    ("a sum is loaded", x86(["vmovups -0x40(%rsp),%zmm3", *MADD, BACK]), "vmovups -0x40(%rsp)"),
    ("a sum is an operand in memory", x86([*MADD, "vpaddd 0x40(%rsp,%rax,1),%ymm2,%ymm3", BACK]), "vpaddd 0x40(%rsp"),
    ("relative to the frame pointer", x86([*MADD, "vmovdqa %ymm3,-0x50(%rbp)", BACK], "mov    %rsp,%rbp"), "-0x50(%rbp)"),
    ("rbp points to activations", x86(["vbroadcastss 0x10(%rbp),%ymm0", *MADD, BACK]), None),
    ("a counter on the stack", x86([*MADD, "addq $0x40,0x8(%rsp)", "mov 0x8(%rsp),%rax", BACK]), None),
    ("sums are stored after the loop", x86([*MADD, BACK, "vmovdqa %ymm3,0x20(%rsp)"]), None),
    ("sums are stored in the loop around it",
     x86([*MADD, BACK, "vmovdqa %ymm3,0x20(%rsp)", "jmp    0 <multiply_tile<3>>"]), None),
    ("a forward branch is not a loop", x86(["jne 20 <multiply_tile<3>+0x20>", *MADD]), "no loop with vpmaddwd"),
    ("nothing multiplies", x86(["vpaddd %ymm2,%ymm3,%ymm3", "vmovdqa %ymm3,0x20(%rsp)", BACK]), "no loop with vpmaddwd"),
    ("a file is missing", x86([*MADD, BACK]).replace("avx2.cc.o", "other.cc.o"), "product_avx2.cc.o: no loop with vpmaddwd"),
    ("no code at all", "", "no code for x86-64 or aarch64"),
    ("ARM, sums in registers", arm([*DOT, "ldr\tx3, [sp, #8]", "b.ne\t0 <multiply_tile<3>>  // b.any"]), None),
    ("ARM, a sum is stored", arm([*DOT, "str\tq0, [sp, #16]", "b.ne\t0 <multiply_tile<3>>  // b.any"]), "str q0, [sp, #16]"),
    ("ARM, sums are loaded", arm(["ldp\tq0, q1, [x29, #32]", *DOT, "cbnz\tx3, 0 <multiply_tile<3>>"]), "ldp q0, q1, [x29, #32]"),
]


def self_test():
    failures = 0
    for name, listing, expected in CASES:
        problems, _ = check(listing, ONE)
        good = not problems if expected is None else len(problems) == 1 and expected in problems[0]
        print(f"{'ok  ' if good else 'FAIL'} {name}" + ("" if good else f": expected {expected!r}, got {problems}"))
        failures += not good
    return failures


def main():
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(1 if self_test() else 0)
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    objdump = sys.argv[2] if len(sys.argv) == 3 else "objdump"
    if platform.system() != "Linux" or shutil.which(objdump) is None:
        print(f"skipped: {objdump} for ELF objects is not installed")
        sys.exit(SKIPPED)
    if not os.path.isfile(sys.argv[1]):
        print(f"skipped: {sys.argv[1]} has not been built")
        sys.exit(SKIPPED)
    listing = subprocess.run([objdump, "--disassemble", "--demangle", "--no-show-raw-insn", "--wide", sys.argv[1]], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    problems, loops = check(listing)
    for problem in problems:
        print(problem)
    print(f"{loops} hot loops, {len(problems)} problem(s)")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
