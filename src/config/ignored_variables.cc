// Variables of the Python service and of its libraries that have no effect here.
#include "config/options.h"

namespace rappel {
namespace {

constexpr IgnoredVariable kIgnored[] = {
    {"CUDA_LAUNCH_BLOCKING", "it is PyTorch's"},
    {"PYTORCH_*", "it is PyTorch's"},
    {"TORCH_*", "it is PyTorch's"},
    {"HTTP_PROXY", "only the lower-case http_proxy is read, as in curl"},
    {"OMP_NUM_THREADS", "RAPPEL_THREADS sets the compute threads"},
    {"MKL_NUM_THREADS", "RAPPEL_THREADS sets the compute threads"},
    {"TOKENIZERS_PARALLELISM", "it is the Python tokenizers'"},
    {"EMBEDDING_SERVICE", "embeddings are always computed here, by EMBEDDING_MODEL"},
    {"EMBEDDING_PROVIDER", "embeddings are always computed here, by EMBEDDING_MODEL"},
    {"EMBEDDING_DIMENSION", "the dimension is the model's"},
    {"OPENAI_API_*", "no text leaves this machine for an embedding"},
    {"OPENAI_EMBEDDINGMODEL_*", "no text leaves this machine for an embedding"},
    {"OPENAI_METADATA_*", "no text leaves this machine for an embedding"},
    {"OPENAI_COMPLETIONMODEL_*", "no text leaves this machine for an embedding"},
    {"CHROMA_*", "it belongs to a store that this build does not have"},
    {"QDRANT_*", "it belongs to a store that this build does not have"},
    {"PINECONE_*", "it belongs to a store that this build does not have"},
    {"WEAVIATE_*", "it belongs to a store that this build does not have"},
    {"MILVUS_*", "it belongs to a store that this build does not have"},
    {"ZILLIZ_*", "it belongs to a store that this build does not have"},
    {"REDIS_*", "it belongs to a store that this build does not have"},
    {"PG_*", "it belongs to a store that this build does not have"},
    {"SUPABASE_*", "it belongs to a store that this build does not have"},
    {"ELASTICSEARCH_*", "it belongs to a store that this build does not have"},
    {"MONGODB_*", "it belongs to a store that this build does not have"},
    {"AZCOSMOS_*", "it belongs to a store that this build does not have"},
    {"AZURESEARCH_*", "it belongs to a store that this build does not have"},
    {"LLAMA_*", "it belongs to a store that this build does not have"},
};

}  // namespace

std::span<const IgnoredVariable> ignored_variables() { return kIgnored; }

}  // namespace rappel
