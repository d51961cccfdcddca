// A folder and a store for tests of ingest runs, with numbers instead of models.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "embed/test_embedder.h"
#include "ingest/document.h"
#include "ingest/source/walk.h"
#include "retrieve/ingest_run.h"
#include "store/conformance/test_store.h"
#include "testing/temp_dir.h"

namespace rappel {

namespace fs = std::filesystem;

inline DocumentInput document(std::optional<std::string> id, std::string text) {
  return {std::move(id), std::move(text), {}};
}

// Keeps what a run reports.
class Recorder final : public IngestObserver {
 public:
  void failed(const std::string& message) override { failures += message + "\n"; }
  void skipped(const std::string& kind, const std::string& message) override {
    skips += kind + ": " + message + "\n";
  }
  void warned(const std::string& message) override { warnings += message + "\n"; }
  void advanced(const IngestCounts& counts) override { last_stored = counts.stored; }
  void finished(const IngestItem& item) override {
    const std::string line =
        std::string(outcome_name(item.outcome)) + " " + fs::path(item.name).filename().string();
    lines.insert(line + "\n");
    if (!item.similar.empty()) similar[item.document_id] = item.similar;
    items.clear();
    for (const std::string& each : lines) items += each;
  }
  std::string failures, skips, warnings, items;  // items: sorted
  std::multiset<std::string> lines;
  std::map<std::string, std::vector<std::string>> similar;  // by document
  std::size_t last_stored = 0;
};

// Lets the two upserts of a run share a TestEmbedder, and counts texts.
class SharedEmbedder final : public Embedder {
 public:
  Result<std::vector<Embedding>> embed(std::span<const std::string> given,
                                       const EmbedRequest& request) override {
    const std::lock_guard lock(mutex_);
    texts += given.size();
    return shared_.embed(given, request);
  }
  Result<std::vector<Embedding>> embed_queries(std::span<const std::string> queries,
                                               const CallContext& call) override {
    return embed(queries, {.flow = call.flow, .cancel = call.cancel});
  }
  const ModelIdentity& identity() const override { return shared_.identity(); }
  bool has_sparse() const override { return false; }
  bool has_colbert() const override { return false; }
  std::size_t max_length() const override { return shared_.max_length(); }
  std::size_t passage_room() const override { return shared_.passage_room(); }
  Result<std::vector<ByteRange>> token_ranges(std::string_view text, std::stop_token cancel) const override {
    return shared_.token_ranges(text, std::move(cancel));
  }
  std::size_t texts = 0;  // embedded

 private:
  std::mutex mutex_;
  TestEmbedder shared_{2};
};

inline std::vector<std::string> copies_of(const NewDocument& document) {
  const auto copies = document.metadata.custom.find("copies");
  if (copies == document.metadata.custom.end()) return {};
  return std::get<std::vector<std::string>>(copies->second);
}

class IngestRunTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((files_ / name).parent_path());
    std::ofstream(files_ / name, std::ios::binary) << text;
  }
  IngestCounts run(const std::string& below = "") {
    recorder_ = {};
    return run_ingest(retrieval_, find_files({(files_ / below).string()}), settings_, recorder_,
                      stop_.get_token());
  }
  // The store has these files, each with its text, and nothing else.
  void expect_files(const std::map<std::string, std::string>& files, const std::string& what) {
    std::set<std::pair<std::string, std::string>> contents;
    for (const auto& [name, text] : files) {
      contents.insert({text, fs::path(name).extension().string()});
      const auto known = store_.files_at((files_ / name).string());
      ASSERT_EQ(known->size(), 1u) << name << " " << what;
      EXPECT_EQ(store_.rows.at(known->front().id).chunks[0].text, text) << name << " " << what;
    }
    EXPECT_EQ(store_.rows.size(), contents.size()) << what;
    std::size_t origins = 0;
    for (const auto& [id, row] : store_.rows) {
      std::set<std::string> names, told = {*row.metadata.source_id};
      const auto all = store_.origins_of(id);
      for (const FileOrigin& origin : *all) names.insert(origin.name), ++origins;
      for (const std::string& copy : copies_of(row)) told.insert(copy);
      EXPECT_EQ(told, names) << id << " " << what;
    }
    EXPECT_EQ(origins, files.size()) << what;
  }
  TempDir dir_;
  const fs::path files_ = dir_.path() / "files";
  TestStore store_{2};
  SharedEmbedder embedder_;
  Retrieval retrieval_{store_, embedder_, nullptr, {}, nullptr};
  IngestSettings settings_;
  Recorder recorder_;
  std::stop_source stop_;
};

}  // namespace rappel
