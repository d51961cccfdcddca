"""The schemas of the Python service as pydantic 1 models, written from docs/http-api.md and its OpenAPI document.

The names, the order of the fields, the types and the defaults decide what pydantic accepts, says and writes out.
"""

from enum import Enum
from typing import List, Optional

from pydantic import BaseModel


class Source(str, Enum):
    email = "email"
    file = "file"
    chat = "chat"


class DocumentMetadata(BaseModel):
    source: Optional[Source] = None
    source_id: Optional[str] = None
    url: Optional[str] = None
    created_at: Optional[str] = None
    author: Optional[str] = None
    filename: Optional[str] = None
    filesize: Optional[int] = None


class DocumentChunkMetadata(DocumentMetadata):
    document_id: Optional[str] = None


class DocumentChunkWithScore(BaseModel):
    id: Optional[str] = None
    text: str
    metadata: DocumentChunkMetadata
    embedding: Optional[List[float]] = None
    score: float


class Document(BaseModel):
    id: Optional[str] = None
    text: str
    metadata: Optional[DocumentMetadata] = None


class DocumentMetadataFilter(BaseModel):
    document_id: Optional[str] = None
    source: Optional[Source] = None
    source_id: Optional[str] = None
    author: Optional[str] = None
    start_date: Optional[str] = None
    end_date: Optional[str] = None


class Query(BaseModel):
    query: str
    filter: Optional[DocumentMetadataFilter] = None
    top_k: Optional[int] = 3


class QueryResult(BaseModel):
    query: str
    results: List[DocumentChunkWithScore]


class DocumentInfo(BaseModel):
    """Information about a document (aggregated from chunks)"""

    document_id: str
    chunk_count: int
    metadata: DocumentMetadata
    sample_text: Optional[str] = None


class UpsertRequest(BaseModel):
    documents: List[Document]


class UpsertResponse(BaseModel):
    ids: List[str]


class QueryRequest(BaseModel):
    queries: List[Query]


class QueryResponse(BaseModel):
    results: List[QueryResult]


class DeleteRequest(BaseModel):
    ids: Optional[List[str]] = None
    filter: Optional[DocumentMetadataFilter] = None
    delete_all: Optional[bool] = False


class DeleteResponse(BaseModel):
    success: bool


class ListDocumentsRequest(BaseModel):
    limit: Optional[int] = 100
    offset: Optional[int] = 0
    filter: Optional[DocumentMetadataFilter] = None


class ListDocumentsResponse(BaseModel):
    documents: List[DocumentInfo]
    total: int
