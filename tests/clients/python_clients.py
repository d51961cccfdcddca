#!/usr/bin/env python3
"""Drives the published Python clients of the plugin against a server: LangChain's retriever, LlamaIndex' client and reader.

python_clients.py URL TOKEN      with the Python of scripts/install-clients; prints ok or FAILED per case
"""

import asyncio
import sys
import traceback
import warnings

warnings.filterwarnings("ignore")

from langchain_community.retrievers import ChatGPTPluginRetriever  # noqa: E402
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode  # noqa: E402
from llama_index.core.vector_stores.types import VectorStoreQuery  # noqa: E402
from llama_index.readers.chatgpt_plugin import ChatGPTRetrievalPluginReader  # noqa: E402
from llama_index.vector_stores.chatgpt_plugin import ChatGPTRetrievalPluginClient  # noqa: E402

URL, TOKEN = sys.argv[1:3]


def node(identifier, text, reference, **metadata):
    return TextNode(
        id_=identifier, text=text, metadata=metadata, relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=reference)}
    )


def llamaindex_client():
    client = ChatGPTRetrievalPluginClient(endpoint_url=URL, bearer_token=TOKEN)
    ids = client.add(
        [
            node("n1", "the heron stands in the reeds", "birds.txt", author="Ines", created_at="2024-05-06", source="file"),
            node("n2", "bees shiver to keep warm", "bees.txt", source="a source that is no member of the enumeration"),
            TextNode(id_="n3", text="a ledger without a source"),
        ]
    )
    assert ids == ["n1", "n2", "n3"], ids
    found = client.query(VectorStoreQuery(query_str="heron", similarity_top_k=3))
    sources = {one.node_id: one.source_node.node_id for one in found.nodes}
    assert sources == {"n1_0": "birds.txt", "n2_0": "bees.txt", "n3_0": "n3"}, sources
    assert all(isinstance(score, float) for score in found.similarities), found.similarities
    client.delete("n3")
    left = client.query(VectorStoreQuery(query_str="ledger", similarity_top_k=3))
    assert sorted(left.ids) == ["n1_0", "n2_0"], left.ids


def llamaindex_reader():
    reader = ChatGPTRetrievalPluginReader(endpoint_url=URL, bearer_token=TOKEN)
    documents = reader.load_data("heron", top_k=2)
    assert sorted(one.id_ for one in documents) == ["n1_0", "n2_0"], documents
    assert all(one.text and one.embedding is None for one in documents)
    joined = reader.load_data("heron", separate_documents=False)
    assert len(joined) == 1 and "heron" in joined[0].text, joined


def langchain_retriever():
    found = ChatGPTPluginRetriever(url=URL, bearer_token=TOKEN).invoke("heron")
    assert {one.page_content for one in found} == {"the heron stands in the reeds", "bees shiver to keep warm"}, found
    by_source = {one.metadata["source"]: one.metadata for one in found}  # it moves source_id there
    assert by_source["birds.txt"]["author"] == "Ines", by_source
    assert by_source["birds.txt"]["created_at"] == "2024-05-06", by_source
    assert by_source["birds.txt"]["document_id"] == "n1", by_source


def langchain_filter():
    retriever = ChatGPTPluginRetriever(url=URL, bearer_token=TOKEN, top_k=1, filter={"source_id": "bees.txt"})
    assert [one.page_content for one in retriever.invoke("heron")] == ["bees shiver to keep warm"]


def langchain_async():
    found = asyncio.run(ChatGPTPluginRetriever(url=URL, bearer_token=TOKEN, top_k=1).ainvoke("bees"))
    assert len(found) == 1, found


def main():
    failed = 0
    for case in (llamaindex_client, llamaindex_reader, langchain_retriever, langchain_filter, langchain_async):
        try:
            case()
            print("ok", case.__name__)
        except Exception:
            failed += 1
            print("FAILED", case.__name__)
            traceback.print_exc(file=sys.stdout)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
