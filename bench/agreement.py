"""Checks that two engines compute the same results, before anything is timed.

Rows of different texts from a network with random weights are similar (cosine 0.8 and more), so a plain cosine would accept
an engine that mixes up texts. The measure is the cosine of all rows together, after subtracting the reference's mean row:
1 for equal results, about 0 for those of another text. It also works for logits, which are rows of one column.
"""

import math

# The minimum agreement. The int8 limit is loose because untrained layers amplify rounding: OpenVINO's static ranges reach
# 0.71 on the large shape, and excluding it would only remove a fast peer.
LEAST = {"float32": 0.99999, "half": 0.99, "int8": 0.6}


def agreement(rows, reference):
    if len(rows) != len(reference) or any(len(a) != len(b) for a, b in zip(rows, reference)):
        return 0.0
    columns = len(reference[0])
    mean = [sum(row[i] for row in reference) / len(reference) for i in range(columns)]
    ours = [value - mean[i] for row in rows for i, value in enumerate(row)]
    theirs = [value - mean[i] for row in reference for i, value in enumerate(row)]
    length = math.sqrt(sum(v * v for v in ours)) * math.sqrt(sum(v * v for v in theirs))
    if not math.isfinite(length) or length == 0:
        return 0.0
    return sum(a * b for a, b in zip(ours, theirs)) / length


def least_cosine(rows, reference):
    """The plain cosine of the rows, which other projects report; 0 if it is undefined."""
    least = 1.0
    for a, b in zip(rows, reference):
        length = math.sqrt(sum(v * v for v in a)) * math.sqrt(sum(v * v for v in b))
        least = min(least, sum(x * y for x, y in zip(a, b)) / length if length else 0.0)
    return least
