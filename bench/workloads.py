"""The workloads: lists of texts as token ids, drawn from a seed, equal for every engine.

The lengths of a workload are those of real requests, including special tokens. Lengths and ids depend on the seed.
"""

import json
import random
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workload:
    name: str
    what: str
    texts: int
    shortest: int
    longest: int
    rerank: bool = False

    def lengths(self, seed, most):
        draw = random.Random(f"{seed}/{self.name}")
        return [min(draw.randint(self.shortest, self.longest), most) for _ in range(self.texts)]


WORKLOADS = [
    Workload("query8", "one query of 8 tokens", 1, 8, 8),
    Workload("query16", "one query of 16 tokens", 1, 16, 16),
    Workload("query32", "one query of 32 tokens", 1, 32, 32),
    Workload("rerank5x30", "rerank 5 passages of about 30 tokens", 5, 24, 36, rerank=True),
    Workload("rerank20x128", "rerank 20 passages of about 128 tokens", 20, 108, 148, rerank=True),
    Workload("docs20x20", "20 documents of about 20 tokens", 20, 14, 26),
    Workload("docs50x30", "50 documents of about 30 tokens", 50, 20, 40),
    Workload("mixed32", "32 documents of 40 to 512 tokens", 32, 40, 512),
    Workload("long4x2048", "4 documents of 2048 tokens", 4, 2048, 2048),
    Workload("long8192", "one document of 8192 tokens", 1, 8192, 8192),
]

# Before anything is timed, every engine must agree on these.
AGREEMENT = Workload("agreement", "6 texts of 5 to 90 tokens", 6, 5, 90)


def token_ids(config, lengths, name, seed):
    """Random ids between the model's first and last token, as its tokenizer would frame them."""
    draw = random.Random(f"{seed}/{name}/ids")
    bert = config["model_type"] == "bert"
    vocabulary = config["vocab_size"]
    if bert and vocabulary < 2000:  # a toy vocabulary has no room for BERT's usual 101 and 102
        first, last, low = 2, 3, 4
    else:
        first, last, low = (101, 102, 1000) if bert else (0, 2, 5)
    return [[first, *(draw.randrange(low, vocabulary - 2) for _ in range(max(0, n - 2))), last][:n] for n in lengths]


def most_tokens(config):
    """Longest text the model takes: XLM-RoBERTa loses pad_token_id + 1 positions."""
    lost = config["pad_token_id"] + 1 if config["model_type"] == "xlm-roberta" else 0
    return config["max_position_embeddings"] - lost


def fits(workload, config):
    """Long workloads make no sense on a model that would cut them to something else."""
    return workload.shortest <= most_tokens(config)


def scifact_ids(model_folder, corpus, count, longest=256):
    """Token ids of the first SciFact passages, through the tokenizers package. The caller reports what it raises."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(model_folder) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    passages = []
    with open(corpus) as lines:
        for line in lines:
            entry = json.loads(line)
            passages.append((entry.get("title", "") + " " + entry["text"]).strip())
            if len(passages) == count:
                break
    return [encoding.ids for encoding in tokenizer.encode_batch(passages)]


def write_texts(path, texts):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(" ".join(map(str, ids)) + "\n" for ids in texts))
    return path


def useful_flop(config, lengths):
    """Multiply-adds counted as two, every layer for every token, no padding, embeddings and heads left out."""
    hidden, layers, up = config["hidden_size"], config["num_hidden_layers"], config["intermediate_size"]
    per_token = 2 * layers * (4 * hidden * hidden + 2 * hidden * up)
    return sum(per_token * n + 4 * n * n * hidden * layers for n in lengths)
