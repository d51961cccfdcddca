#!/usr/bin/env python3
"""Drives Python clients of the model routes against a server: infinity's and Xinference's.

model_clients.py URL TOKEN REFERENCE     with the Python of scripts/install-clients; prints ok or FAILED per case

REFERENCE is the JSON file of run.py: vectors of `rappel embed`, scores of `rappel rerank`.
"""

import json
import sys
import traceback

from infinity_client import AuthenticatedClient
from infinity_client.api.default import embeddings, health, models, rerank
from infinity_client.errors import UnexpectedStatus
from infinity_client.models import OpenAIEmbeddingInputText, RerankInput
from xinference_client import RESTfulClient

URL, TOKEN = sys.argv[1:3]
with open(sys.argv[3], encoding="utf-8") as file:
    REFERENCE = json.load(file)
TEXTS, QUERY, DOCUMENTS = REFERENCE["texts"], REFERENCE["query"], REFERENCE["documents"]


def near(got, wanted):
    assert len(got) == len(wanted), (len(got), len(wanted))
    assert max(abs(a - b) for a, b in zip(got, wanted)) <= 1e-5, (got[:3], wanted[:3])


def ranked(pairs, count=None):
    """Pairs of index and score, best first."""
    scores = REFERENCE["scores"]
    wanted = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:count]
    assert [index for index, _ in pairs] == wanted, (pairs, scores)
    near([score for _, score in pairs], [scores[index] for index in wanted])


def refused(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except (RuntimeError, UnexpectedStatus) as error:
        return str(error)
    raise AssertionError("no error")


def infinity(path):
    client = AuthenticatedClient(base_url=URL + path, token=TOKEN, raise_on_unexpected_status=True)
    assert [model.owned_by.value for model in models.sync(client=client).data] == ["infinity"] * 2
    assert health.sync(client=client) is not None
    answer = embeddings.sync(client=client, body=OpenAIEmbeddingInputText(input_=TEXTS))
    for one, vector in zip(answer.data, REFERENCE["vectors"]):
        near(one.embedding, vector)
    answer = rerank.sync(client=client, body=RerankInput(query=QUERY, documents=DOCUMENTS, top_n=2))
    ranked([(one.index, one.relevance_score) for one in answer.results], 2)
    wrong = AuthenticatedClient(base_url=URL + path, token="wrong", raise_on_unexpected_status=True)
    assert "401" in refused(embeddings.sync, client=wrong, body=OpenAIEmbeddingInputText(input_="a"))
    assert "400" in refused(embeddings.sync, client=client, body=OpenAIEmbeddingInputText(input_=[]))


def infinity_at_the_root():
    infinity("")


def infinity_below_its_prefix():
    infinity("/infinity")


def xinference():
    client = RESTfulClient(URL, api_key=TOKEN)
    kinds = {model["model_type"]: name for name, model in client.list_models().items()}
    assert set(kinds) == {"embedding", "rerank"}, kinds
    answer = client.get_model(kinds["embedding"]).create_embedding(TEXTS)
    for one, vector in zip(answer["data"], REFERENCE["vectors"]):
        near(one["embedding"], vector)
    reranker = client.get_model(kinds["rerank"])
    ranked([(one["index"], one["relevance_score"]) for one in reranker.rerank(DOCUMENTS, QUERY)["results"]])
    echoed = reranker.rerank(DOCUMENTS, QUERY, top_n=1, return_documents=True)["results"]
    assert echoed[0]["document"]["text"] == DOCUMENTS[echoed[0]["index"]], echoed
    assert "valid token" in refused(RESTfulClient(URL, api_key="wrong").list_models)
    assert "does not exist" in refused(client.get_model, "no-such-model")
    assert "`documents` is empty" in refused(reranker.rerank, [], QUERY)


def main():
    failed = 0
    for case in (infinity_at_the_root, infinity_below_its_prefix, xinference):
        try:
            case()
            print("ok", case.__name__)
        except Exception:
            failed = 1
            print("FAILED", case.__name__)
            traceback.print_exc(file=sys.stdout)
    return failed


if __name__ == "__main__":
    sys.exit(main())
