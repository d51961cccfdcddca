"""Do two engines compute the same thing? Asked before anything is timed.

Rows of different texts of a network with random weights look alike (cosine 0.8 and more), so a plain cosine would pass
an engine that mixes up texts. The measure is the cosine of all rows together after the reference's mean row is taken
away: 1 for the same answers, about 0 for another text's. It serves for logits, rows of one column, just as well.
"""

import math

# The least agreement that counts as the same work. int8 is loose because untrained layers amplify rounding: OpenVINO's
# static ranges come to 0.71 on the large shape, and shutting it out would only spare us a fast peer.
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
    """Of the rows as they are: what other projects state. 0 where it makes no sense."""
    least = 1.0
    for a, b in zip(rows, reference):
        length = math.sqrt(sum(v * v for v in a)) * math.sqrt(sum(v * v for v in b))
        least = min(least, sum(x * y for x, y in zip(a, b)) / length if length else 0.0)
    return least
