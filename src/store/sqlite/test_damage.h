// A store whose files a test damages, and everything that it answers.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/os/file.h"
#include "store/conformance/store_test_util.h"
#include "store/sqlite/sqlite_store.h"

namespace rappel::damage {

namespace fs = std::filesystem;

constexpr int kDimension = 8;
constexpr std::size_t kPage = 4096;

inline SqliteStoreOptions options_for(const fs::path& folder) {
  SqliteStoreOptions options;
  options.folder = folder;
  options.model = {"test/model", kDimension, "r1"};
  options.reserve_bytes = 0;
  options.busy_ms = 200;
  return options;
}

inline std::vector<NewDocument> some_documents(int first, int count) {
  const char* sources[] = {"email", "file", "chat"};
  std::vector<NewDocument> documents;
  for (int i = first; i < first + count; ++i) {
    Metadata m;
    m.source = sources[i % 3];
    m.author = fmt::format("author {}", i % 7);
    m.created_at = *Timestamp::parse(fmt::format("2024-01-{:02}T00:00:00Z", i % 28 + 1));
    m.custom = {{"team", fmt::format("team {}", i % 5)}, {"pages", std::int64_t{i % 11}}};
    documents.push_back(document(
        fmt::format("doc{:03}", i),
        {fmt::format("text {} about otters", i), fmt::format("more {} of rivers", i % 9)}, kDimension, m));
    if (i % 2 == 0)
      documents.back().origin = std::make_shared<FileOrigin>(
          FileOrigin{fmt::format("/files/{}/{:03}.txt", i % 3, i), fmt::format("{:03}.txt", i),
                     fmt::format("{:064x}", i), ""});
    Place& place = documents.back().chunks[static_cast<std::size_t>(i) % 2].place;
    place.page = static_cast<std::uint32_t>(i + 1);
    place.section = {fmt::format("Chapter {}", i % 5), "On otters"};
  }
  return documents;
}

inline const std::vector<Filter>& filters() {
  static const std::vector<Filter> all = {
      Filter::all(),
      Filter::equals("source", std::string("chat")),
      Filter::equals("author", std::string("author 3")),
      Filter::equals("team", std::string("team 2")),
      Filter::equals("pages", std::int64_t{4}),
      Filter::created_at_or_after(1705276800),
      Filter::document("doc007"),
  };
  return all;
}

// Everything that a store answers, as text; the first error instead, if there is one.
struct Answers {
  std::string text;
  Status error;
};

inline Answers ask(DocumentStore& store) {
  Answers answers;
  const auto failed = [&](const Status& status) {
    answers.error = status;
    return answers;
  };
  const auto stats = store.stats();
  if (!stats.ok()) return failed(stats.status());
  answers.text = fmt::format("{} {}\n", stats->documents, stats->chunks);
  const std::vector<float> vector = unit_vector(1, kDimension);
  const std::vector<TokenWeight> weights = {
      {100, 0.5f}, {101, 1}, {250'000, 1}};  // the last is in all chunks
  for (const Filter& filter : filters()) {
    const auto page = store.list(filter, 0, 1000);
    if (!page.ok()) return failed(page.status());
    answers.text += fmt::format("{}:", page->total);
    for (const DocumentSummary& d : page->documents)
      answers.text += fmt::format(" {} {} {}", d.id, d.metadata.author.value_or(""), d.sample_text);
    for (const SearchRequest& request : {SearchRequest::dense(vector, 1000, filter),
                                         SearchRequest::lexical("otters rivers 4 7", 1000, filter),
                                         SearchRequest::sparse(weights, 1000, filter)}) {
      const auto found = store.search(request);
      if (!found.ok()) return failed(found.status());
      for (const FoundChunk& one : *found)
        answers.text += fmt::format(" {} {} {} {:.4f}", one.chunk.id, one.chunk.text,
                                    place_phrase(one.chunk.place), one.score);
      answers.text += "\n";
    }
  }
  return answers;
}

using Files = std::map<std::string, std::string>;

inline Files read_files(const fs::path& folder) {
  Files files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() != ".db-shm") files[entry.path().filename()] = *read_file(entry.path());
  return files;
}

inline void write_files(const Files& files, const fs::path& folder) {
  fs::create_directories(folder);
  for (const auto& [name, bytes] : files) std::ofstream(folder / name, std::ios::binary) << bytes;
}

}  // namespace rappel::damage
