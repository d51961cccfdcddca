"""A store in memory behind the old service: no embeddings, every matching chunk is a result.

Documents are single chunks, because the requests of this comparison are about the contract, not about chunking. Dates are
read by arrow, as the old service did: what it cannot parse means the current time.
"""

import time
from uuid import uuid4

import arrow
from arrow.parser import ParserError
from old_models import DocumentChunkMetadata, DocumentChunkWithScore, DocumentInfo, DocumentMetadata, QueryResult

SHORTEST_CHUNK = 5  # characters; a text needs more


def unix_time(text):
    try:
        return int(arrow.get(text).timestamp())
    except ParserError:
        return int(time.time())


def matches(document_id, metadata, wanted):
    if wanted is None:
        return True
    if wanted.document_id is not None and wanted.document_id != document_id:
        return False
    for name in ("source", "source_id", "author"):
        value = getattr(wanted, name)
        if value is not None and value != getattr(metadata, name):
            return False
    created = metadata.created_at and unix_time(metadata.created_at)
    if wanted.start_date and not (created and created >= unix_time(wanted.start_date)):
        return False
    return not wanted.end_date or bool(created and created <= unix_time(wanted.end_date))


class Store:
    def __init__(self):
        self.documents = {}  # id -> (text, metadata)

    def upsert(self, documents):
        stored, any_chunk = {}, False
        for document in documents:
            document_id = document.id or str(uuid4())
            self.documents.pop(document.id, None)
            text = document.text.replace("\n", " ").strip()
            stored[document_id] = (text, document.metadata or DocumentMetadata())
            any_chunk = any_chunk or len(text) > SHORTEST_CHUNK
        if any_chunk:
            for document_id, (text, metadata) in stored.items():
                if len(text) > SHORTEST_CHUNK:
                    self.documents[document_id] = (text, metadata)
        return list(stored) if any_chunk else []

    def query(self, query):
        """How many chunks match, and the first top_k of them."""
        results = []
        for document_id, (text, metadata) in self.documents.items():
            if matches(document_id, metadata, query.filter):
                about = DocumentChunkMetadata(**metadata.dict(), document_id=document_id)
                results.append(DocumentChunkWithScore(id=f"{document_id}_0", text=text, metadata=about, score=0.5))
        limit = 3 if query.top_k is None else max(query.top_k, 0)
        return len(results), QueryResult(query=query.query, results=results[:limit])

    def list(self, limit, offset, wanted):
        found = [
            DocumentInfo(document_id=document_id, chunk_count=1, metadata=metadata, sample_text=text[:200])
            for document_id, (text, metadata) in sorted(self.documents.items())
            if matches(document_id, metadata, wanted)
        ]
        return found[offset : offset + limit], len(found)

    def delete(self, ids, wanted, delete_all):
        if delete_all:
            self.documents.clear()
        for document_id in ids or ():
            self.documents.pop(document_id, None)
        if wanted is not None:  # an empty one removes everything, as in some of its stores
            gone = [
                document_id for document_id, (_, metadata) in self.documents.items() if matches(document_id, metadata, wanted)
            ]
            for document_id in gone:
                del self.documents[document_id]
        return True
