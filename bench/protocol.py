"""The child side of the benchmark's line protocol, shared by all peers; encoder_bench.cc implements it too.

A peer is a long-running process. It loads a model folder once, prints "ready {json}", and answers each
    run REPETITIONS TEXTS_FILE [VECTORS_FILE]      (or "warm ..": with one uncounted pass before)
with "ok COLUMNS WALL/CPU .." in milliseconds. Times cover token ids to pooled rows in host memory. A failed request is
answered with "error MESSAGE". A failed start prints "unavailable MESSAGE" with the reason, and ends.
"""

import argparse
import json
import os
import sys
import time

import numpy


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, help="model folder")
    parser.add_argument("--precision", required=True)
    parser.add_argument("--cache", required=True, help="folder for files made from the model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=16, help="texts per padded batch")
    return parser.parse_args()


def one_line(error):
    text = str(error).strip() or type(error).__name__
    return " ".join(text.split())[:400]


def serve(make_engine):
    """make_engine(arguments) gives an object with `version` and either `rows(batch)` or `prepare` and `encode`.

    A batch is a list of int64 arrays, longest first; rows() gives float32 [len(batch), columns]. Texts are sorted by
    length and cut into batches as FlagEmbedding and sentence-transformers do, so that padding stays small.
    A library that sorts and cuts by itself has prepare(texts), not timed, and encode(what prepare gave): all rows.
    """
    options = arguments()
    # Only protocol lines may reach the real stdout, whatever a library prints.
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    start = time.perf_counter()
    try:
        engine = make_engine(options)
    except Exception as error:  # the peer is missing, and this is why
        print(f"unavailable {type(error).__name__}: {one_line(error)}", file=replies)
        raise
    print("ready " + json.dumps({"version": engine.version, "load_s": round(time.perf_counter() - start, 3)}),
          file=replies)
    known = {}
    for line in sys.stdin:
        words = line.split()
        if not words or words[0] == "quit":
            break
        try:
            print(answer(engine, options, known, words), file=replies)
        except Exception as error:
            print(f"error {type(error).__name__}: {one_line(error)}", file=replies)


def read_texts(path):
    with open(path) as lines:
        return [numpy.array(line.split(), dtype=numpy.int64) for line in lines if line.strip()]


def one_pass(engine, texts, batch):
    if hasattr(engine, "encode"):
        return engine.encode(texts)
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    parts = [engine.rows([texts[i] for i in order[at:at + batch]]) for at in range(0, len(order), batch)]
    rows = numpy.concatenate(parts) if len(parts) > 1 else parts[0]
    out = numpy.empty_like(rows)
    out[order] = rows
    return out


def answer(engine, options, known, words):
    command, repetitions, path = words[0], int(words[1]), words[2]
    if path not in known:
        texts = read_texts(path)
        known[path] = engine.prepare(texts) if hasattr(engine, "prepare") else texts
    texts, times = known[path], []
    if command == "warm":
        one_pass(engine, texts, options.batch)
    for _ in range(repetitions):
        cpu, wall = time.process_time(), time.perf_counter()
        rows = one_pass(engine, texts, options.batch)
        times.append(f"{(time.perf_counter() - wall) * 1e3:.4f}/{(time.process_time() - cpu) * 1e3:.4f}")
    if len(words) > 3:
        numpy.ascontiguousarray(rows, dtype="<f4").tofile(words[3])
    return f"ok {rows.shape[1]} " + " ".join(times)
