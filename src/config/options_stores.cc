// Which store, and the settings of the stores: the rows that store_setting_names() (wiring/stores.h) lists.
#include <string>

#include "config/option_groups.h"
#include "wiring/stores.h"

namespace rappel {
namespace {

constexpr AbsentStore kAbsent[] = {
    {"chroma", "CHROMA_*"},
    {"qdrant", "QDRANT_*"},
    {"pinecone", "PINECONE_*"},
    {"weaviate", "WEAVIATE_*"},
    {"milvus", "MILVUS_*"},
    {"zilliz", "ZILLIZ_*"},
    {"redis", "REDIS_*"},
    {"postgres", "PG_*"},
    {"analyticdb", ""},  // PG_* too
    {"supabase", "SUPABASE_*"},
    {"elasticsearch", "ELASTICSEARCH_*"},
    {"mongodb", "MONGODB_*"},
    {"azurecosmosdb", "AZCOSMOS_*"},
    {"azuresearch", "AZURESEARCH_*"},
    {"llama", "LLAMA_*"},
};

std::string joined_kinds() {
  std::string all;
  for (const std::string& kind : store_kinds()) all += (all.empty() ? "" : "|") + kind;
  return all;
}

std::string joined_absent() {
  std::string all;
  for (const AbsentStore& store : kAbsent) all += (all.empty() ? "" : "|") + std::string(store.name);
  return all;
}

}  // namespace

std::span<const AbsentStore> absent_stores() { return kAbsent; }

std::span<const OptionSpec> store_options() {
  static const std::string kinds = joined_kinds(), absent = joined_absent();
  static const OptionSpec table[] = {
      {.variable = "RAPPEL_DATA_DIR",
       .flag = "--data-dir",
       .type = OptionType::kPath,
       .value_name = "FOLDER",
       .fallback = {"{data}/rappel"},
       .commands = kStores | kTuners | kBenchCommand | kCheckCommand | kStoreCommand | kCollectionCommand |
                   kTokenCommand | kConfigCommand,
       .group = "Store",
       .help = "Folder of the stored documents; created if missing."},
      {.variable = "RAPPEL_COLLECTION",
       .flag = "--collection",
       .type = OptionType::kText,
       .value_name = "NAME",
       .fallback = {"default"},
       .commands =
           kIngestCommand | kProcessCommand | kQueryCommand | kListCommand | kDeleteCommand | kStoreCommand,
       .group = "Store",
       .help = "Collection of documents; `rappel collection create NAME` makes one."},
      {.variable = "DATASTORE",
       .flag = "--datastore",
       .type = OptionType::kChoice,
       .value_name = "NAME",
       .fallback = {"sqlite"},
       .choices = kinds.c_str(),
       .refused = absent.c_str(),
       .refusal = "this build has the embedded store only; set DATASTORE=sqlite (or remove the line) and "
                  "ingest again",
       .commands = kStores | kStoreCommand | kCollectionCommand | kConfigCommand,
       .group = "Store",
       .help = "Store of documents and vectors."},
  };
  return table;
}

}  // namespace rappel
