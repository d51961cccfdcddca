#!/usr/bin/env python3
"""The Python service as a FastAPI application: its routes, checks and errors, with old_store.py instead of a database.

    old_service.py PORT [TOKEN,..]     0 takes a free port; the first line of output is the port

It is written from docs/http-api.md, and describes itself by the OpenAPI document of the service (goldens.py compares them).
FastAPI, pydantic and starlette are the genuine ones: they decide what is accepted, converted and said.
"""

import datetime
import socket
import sys
import tempfile
from pathlib import Path
from typing import Optional

import uvicorn
from fastapi import Body, Depends, FastAPI, File, Form, HTTPException, Response, UploadFile
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.staticfiles import StaticFiles
from old_models import (
    DeleteRequest,
    DeleteResponse,
    Document,
    DocumentMetadata,
    ListDocumentsRequest,
    ListDocumentsResponse,
    QueryRequest,
    QueryResponse,
    Source,
    UpsertRequest,
    UpsertResponse,
)
from old_store import Store

TEXT_TYPES = ("text/plain", "text/markdown")
SUB_DESCRIPTION = (
    "Accepts search query objects array each with query and optional filter. Break down complex questions into "
    "sub-questions. Refine by criteria (time, source) sparingly. Split queries if ResponseTooLargeError occurs."
)
bearer = HTTPBearer()
store = Store()
tokens = ["tok1", "tok2"]


def check_token(credentials: HTTPAuthorizationCredentials = Depends(bearer)):
    if credentials.scheme != "Bearer":
        raise HTTPException(status_code=401, detail="Invalid authentication scheme")
    if credentials.credentials not in tokens:
        raise HTTPException(status_code=401, detail="Invalid or missing token")
    return credentials


app = FastAPI(dependencies=[Depends(check_token)])
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True, allow_methods=["*"], allow_headers=["*"])
sub_app = FastAPI(
    title="Retrieval Plugin API",
    description="A retrieval API for querying and filtering documents based on natural language queries and metadata",
    version="1.0.0",
    servers=[{"url": "https://your-app-url.com"}],
    dependencies=[Depends(check_token)],
)


class guarded:
    """Failures of the store become an error without a cause."""

    def __enter__(self):
        return store

    def __exit__(self, kind, error, trace):
        if kind is not None and not issubclass(kind, HTTPException):
            raise HTTPException(status_code=500, detail="Internal Service Error") from error


@app.post("/upsert-file", response_model=UpsertResponse)
async def upsert_file(file: UploadFile = File(...), metadata: Optional[str] = Form(None)):
    try:
        about = DocumentMetadata.parse_raw(metadata) if metadata else DocumentMetadata(source=Source.file)
    except Exception:
        about = DocumentMetadata(source=Source.file)
    if file.content_type not in TEXT_TYPES:
        raise ValueError("Unsupported file type: " + str(file.content_type))
    data = await file.read()
    document = Document(text=data.decode("utf-8"), metadata=about)
    about.filename = about.filename or file.filename
    about.filesize = len(data) if about.filesize is None else about.filesize
    about.created_at = about.created_at or datetime.datetime.utcnow().isoformat() + "Z"
    try:
        return UpsertResponse(ids=store.upsert([document]))
    except Exception as error:
        raise HTTPException(status_code=500, detail=f"str({error})") from error


@app.post("/upsert", response_model=UpsertResponse)
async def upsert(request: UpsertRequest = Body(...)):
    with guarded() as documents:
        return UpsertResponse(ids=documents.upsert(request.documents))


def answer(request, response):
    """X-Matches tells the comparison how many chunks matched each query, before top_k."""
    with guarded() as documents:
        found = [documents.query(one) for one in request.queries]
        response.headers["x-matches"] = ",".join(str(matching) for matching, _ in found)
        return QueryResponse(results=[result for _, result in found])


@app.post("/query", response_model=QueryResponse)
async def query_main(response: Response, request: QueryRequest = Body(...)):
    return answer(request, response)


@sub_app.post("/query", response_model=QueryResponse, description=SUB_DESCRIPTION)
async def query(response: Response, request: QueryRequest = Body(...)):
    return answer(request, response)


@app.delete("/delete", response_model=DeleteResponse)
async def delete(request: DeleteRequest = Body(...)):
    if not (request.ids or request.filter or request.delete_all):
        raise HTTPException(status_code=400, detail="One of ids, filter, or delete_all is required")
    with guarded() as documents:
        return DeleteResponse(success=documents.delete(request.ids, request.filter, request.delete_all))


@app.post("/list", response_model=ListDocumentsResponse)
async def list_documents(request: ListDocumentsRequest = Body(...)):
    """
    List all documents with their metadata, chunk count, and sample text.
    Supports pagination and filtering.
    """
    with guarded() as documents:
        page, total = documents.list(request.limit or 100, request.offset or 0, request.filter)
        return ListDocumentsResponse(documents=page, total=total)


def well_known_files():
    """A folder with placeholders: only how they are served is compared."""
    folder = Path(tempfile.mkdtemp(prefix="old-service-"))
    for name in ("ai-plugin.json", "openapi.yaml", "logo.png"):
        (folder / name).write_text("{}", encoding="utf-8")
    return folder


def main():
    if len(sys.argv) > 2:
        tokens[:] = sys.argv[2].split(",")
    app.mount("/.well-known", StaticFiles(directory=well_known_files()), name="static")
    app.mount("/sub", sub_app)
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
    print(listener.getsockname()[1], flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off"))
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
