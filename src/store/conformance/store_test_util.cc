#include "store/conformance/store_test_util.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "store/custom_metadata.h"

namespace rappel::testing_store {
namespace {

template <class T>
const T& pick(std::mt19937& random, const std::vector<T>& values) {
  return values[random() % values.size()];
}

const std::vector<std::string> kAuthors = {
    "Al", "al", "Ben", "%", "' OR 1=1 --", "Zo\xC3\xAB", std::string("a\0b", 3)};
const std::vector<std::string> kDates = {"2020", "2021-01-21", "2021-01-21T10:00:00+02:00",
                                         "1969-12-31T23:59:59Z", "2021-01-21T08:00:00.9"};
const std::vector<std::string> kSources = {"email", "file", "chat"};
const std::vector<std::string> kSmall = {"x", "y", ""};

const std::vector<std::string> kKeys = {"k", "K", "tags", "a \"key\""};
const std::vector<std::string> kTextFields = {"source_id", "url", "filename"};

// From few values, so that equal ones meet: texts that look like numbers, numbers that are nearly equal.
MetadataValue random_value(std::mt19937& random, bool lists) {
  switch (random() % (lists ? 8 : 7)) {
    case 0: return pick(random, std::vector<std::string>{"x", "y", "", "1", "true"});
    case 1: return static_cast<std::int64_t>(random() % 3);
    case 2: return static_cast<double>(random() % 5) / 2;
    case 3: return random() % 2 != 0;
    case 4: return custom_text(pick(random, std::vector<std::string>{"2021-01-21", "2021-01-21T10:00:00Z"}));
    case 5: return (std::int64_t{1} << 53) + static_cast<std::int64_t>(random() % 3);
    case 6: return 9007199254740992.0;
    default: {
      std::vector<std::string> list;
      for (unsigned n = random() % 3; n > 0; --n) list.push_back(pick(random, kSmall));
      return list;
    }
  }
}

// One condition of any kind, on a field, a custom key or a key that no document has.
Filter random_condition(std::mt19937& random) {
  std::vector<std::string> keys = kKeys;
  for (const DocumentField& field : document_fields()) keys.push_back(field.name);
  keys.insert(keys.end(), {"unknown", "document_id", "k", "k", "tags"});
  const std::string key = pick(random, keys);
  using Op = Filter::Op;
  switch (const Op op =
              pick(random, std::vector{Op::kIn, Op::kIn, Op::kNotEquals, Op::kLess, Op::kLessOrEqual,
                                       Op::kGreater, Op::kGreaterOrEqual, Op::kExists, Op::kMissing})) {
    case Op::kExists: return Filter::exists(key, true);
    case Op::kMissing: return Filter::exists(key, false);
    case Op::kIn: {
      std::vector<MetadataValue> values;
      for (unsigned n = random() % 4; n > 0; --n) values.push_back(random_value(random, false));
      return Filter::any_of(key, std::move(values));
    }
    default: return Filter::compare(op, key, random_value(random, false));
  }
}

std::string check_rows(StoreReader& reader, const std::vector<Hit>& hits, const NewDocument& expected) {
  if (hits.size() != expected.chunks.size())
    return fmt::format("{} of {} chunks found", hits.size(), expected.chunks.size());
  const auto chunks = reader.chunks(keys_of(hits));
  if (!chunks.ok()) return chunks.status().to_string();
  std::vector<bool> seen(expected.chunks.size());
  for (const Chunk& got : *chunks) {
    if (got.index >= seen.size() || seen[got.index])
      return fmt::format("chunk index {} twice or too large", got.index);
    seen[got.index] = true;
    const NewChunk& want = expected.chunks[got.index];
    if (got.text != want.text || got.begin != want.begin || got.end != want.end ||
        got.document_id != expected.id || got.id != fmt::format("{}_{}", expected.id, got.index) ||
        got.metadata != expected.metadata)
      return fmt::format("chunk {} differs", got.id);
  }
  return {};
}

std::string check_document(StoreReader& reader, const NewDocument& expected, int dimension) {
  const Filter self = Filter::document(expected.id);
  const auto all = dense(reader, unit_vector(1, dimension), 100000, self);
  if (!all.ok()) return all.status().to_string();
  if (std::string wrong = check_rows(reader, *all, expected); !wrong.empty()) return "dense: " + wrong;
  for (const NewChunk& want : expected.chunks) {
    const auto nearest = dense(reader, want.dense, 1, self);
    if (!nearest.ok() || nearest->empty() || std::abs(nearest->front().score - 1) > 1e-5)
      return "the vector of a chunk is not the stored one";
  }
  return {};
}

}  // namespace

Result<std::vector<Hit>> dense(StoreReader& reader, std::span<const float> vector, std::size_t k,
                               const Filter& filter) {
  return reader.search(SearchRequest::dense(vector, k, filter));
}

Result<std::vector<Hit>> lexical(StoreReader& reader, std::string_view text, std::size_t k,
                                 const Filter& filter) {
  return reader.search(SearchRequest::lexical(text, k, filter));
}

std::vector<ChunkKey> keys_of(const std::vector<Hit>& hits) {
  std::vector<ChunkKey> keys;
  for (const Hit& hit : hits) keys.push_back(hit.key);
  return keys;
}

std::vector<float> unit_vector(std::uint64_t seed, int dimension) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> v(static_cast<std::size_t>(dimension));
  double norm = 0;
  for (float& x : v) {
    x = normal(random);
    norm += double(x) * x;
  }
  for (float& x : v) x = static_cast<float>(x / std::sqrt(norm));
  return v;
}

NewChunk chunk(std::string text, std::uint64_t vector_seed, int dimension) {
  NewChunk result;
  result.end = static_cast<std::uint32_t>(text.size());
  result.text = std::move(text);
  result.dense = unit_vector(vector_seed, dimension);
  return result;
}

NewDocument document(std::string id, const std::vector<std::string>& texts, int dimension,
                     Metadata metadata) {
  NewDocument result;
  result.metadata = std::move(metadata);
  std::uint32_t begin = 0;
  for (const std::string& text : texts) {
    result.chunks.push_back(chunk(text, std::hash<std::string>()(id + "/" + text), dimension));
    result.chunks.back().begin = begin;
    result.chunks.back().end = begin += static_cast<std::uint32_t>(text.size());
  }
  result.id = std::move(id);
  return result;
}

Metadata random_metadata(std::mt19937& random) {
  Metadata m;
  const auto maybe = [&](auto& field, const std::vector<std::string>& values) {
    if (random() % 3 != 0) field = pick(random, values);
  };
  maybe(m.source, kSources);
  maybe(m.source_id, kSmall);
  maybe(m.url, kSmall);
  if (random() % 3 != 0) m.created_at = *Timestamp::parse(pick(random, kDates));
  maybe(m.author, kAuthors);
  maybe(m.filename, kSmall);
  if (random() % 2 != 0) m.filesize = static_cast<std::int64_t>(random()) << 20;
  for (const std::string& key : kKeys)
    if (random() % 2 != 0) m.custom.emplace(key, random_value(random, true));
  return m;
}

Filter random_filter(std::mt19937& random) {
  switch (random() % 10) {
    case 0: return Filter::equals("source", pick(random, kSources));
    case 1: return Filter::equals("author", pick(random, kAuthors));
    case 2:
      return Filter::any_of(pick(random, kTextFields), {pick(random, kSmall), random_value(random, false)});
    case 3: return Filter::created_at_or_after(1611216000 + static_cast<std::int64_t>(random() % 3) - 1);
    case 4: return Filter::created_at_or_before(1611216000 + static_cast<std::int64_t>(random() % 3) - 1);
    case 5: return Filter::document("d" + std::to_string(random() % 60));
    case 6: return Filter::all();
    case 7:
    case 8: return random_condition(random);
    default: {
      std::vector<Filter> children;
      for (unsigned n = random() % 4; n > 0; --n) children.push_back(random_filter(random));
      return Filter::both_of(std::move(children));
    }
  }
}

void apply_to(Twin& twin, const std::vector<NewDocument>& documents) {
  for (const NewDocument& d : documents) {
    if (d.chunks.empty()) {
      twin.erase(d.id);
    } else {
      twin.insert_or_assign(d.id, d);
    }
  }
}

std::string difference(DocumentStore& store, const Twin& twin, int dimension) {
  const auto stats = store.stats();
  if (!stats.ok()) return stats.status().to_string();
  std::int64_t chunks = 0;
  for (const auto& [id, d] : twin) chunks += static_cast<std::int64_t>(d.chunks.size());
  if (stats->documents != static_cast<std::int64_t>(twin.size()) || stats->chunks != chunks)
    return fmt::format("stats: {} documents, {} chunks; expected {}, {}", stats->documents, stats->chunks,
                       twin.size(), chunks);
  const auto page = store.list(Filter::all(), 0, twin.size() + 10);
  if (!page.ok()) return page.status().to_string();
  if (page->documents.size() != twin.size() || page->total != static_cast<std::int64_t>(twin.size()))
    return fmt::format("list: {} documents, total {}; expected {}", page->documents.size(), page->total,
                       twin.size());
  auto listed = page->documents.begin();
  for (const auto& [id, d] : twin) {
    if (listed->id != id || listed->chunk_count != static_cast<std::int64_t>(d.chunks.size()) ||
        listed->metadata != d.metadata)
      return "list: document " + id + " differs";
    ++listed;
  }
  const auto reader = open_reader(store);
  if (!reader.ok()) return reader.status().to_string();
  for (const auto& [id, d] : twin)
    if (std::string wrong = check_document(**reader, d, dimension); !wrong.empty()) return id + ": " + wrong;
  return {};
}

}  // namespace rappel::testing_store
