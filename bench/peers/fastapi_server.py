"""A server of the kind that people write: FastAPI over sentence-transformers, with OpenAI's /v1/embeddings.

    fastapi_server.py MODEL_FOLDER PORT THREADS

The endpoint is a plain function, so FastAPI runs requests on its thread pool, and PyTorch uses the threads that it is given.
"""

import sys

import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer


class Request(BaseModel):
    input: str | list[str]
    model: str = ""


def make_app(folder):
    model, app = SentenceTransformer(folder, device="cpu"), FastAPI()

    @app.post("/v1/embeddings")
    def embeddings(request: Request):
        texts = [request.input] if isinstance(request.input, str) else request.input
        vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return {"object": "list", "model": request.model,
                "data": [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors.tolist())]}

    return app


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[3]))
    uvicorn.run(make_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
