#include "store/conformance/store_test_util.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "store/custom_metadata.h"
#include "store/fields.h"

namespace rappel {
namespace {

template <class T>
const T& pick(std::mt19937& random, const std::vector<T>& values) {
  return values[random() % values.size()];
}

const std::vector<std::string> kAuthors = {
    "Al", "al", "Ben", "%", "' OR 1=1 --", "Zo\xC3\xAB", std::string("a\0b", 3)};
const std::vector<std::string> kDates = {"2020", "2021-01-21", "2021-01-21T10:00:00+02:00",
                                         "1969-12-31T23:59:59Z", "2021-01-21T08:00:00.9"};
const std::vector<std::string> kSmall = {"x", "y", ""};

// Parts of the texts above, also within a character's bytes.
const std::vector<std::string> kParts = {"",     "A", "l", "20", "2021-01", "x", std::string("\0", 1),
                                         "\xC3", "%"};

const std::vector<std::string> kKeys = {"k", "K", "tags", "a \"key\""};

MetadataValue random_field_value(std::mt19937& random, const DocumentField& field) {
  switch (field.type) {
    case FieldType::kText: return pick(random, field.name == std::string_view("author") ? kAuthors : kSmall);
    case FieldType::kChoice: return std::string(field.choices[random() % field.choices.size()]);
    case FieldType::kDate: return *Timestamp::parse(pick(random, kDates));
    case FieldType::kInteger: break;
  }
  return static_cast<std::int64_t>(random()) << 20;
}

const DocumentField& random_field(std::mt19937& random) {
  return document_fields()[random() % document_fields().size()];
}

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
  switch (const Op op = pick(random, std::vector{Op::kIn, Op::kIn, Op::kNotEquals, Op::kLess,
                                                 Op::kLessOrEqual, Op::kGreater, Op::kGreaterOrEqual,
                                                 Op::kExists, Op::kMissing, Op::kPrefix, Op::kContains})) {
    case Op::kExists: return Filter::exists(key, true);
    case Op::kMissing: return Filter::exists(key, false);
    case Op::kIn: {
      std::vector<MetadataValue> values;
      for (unsigned n = random() % 4; n > 0; --n) values.push_back(random_value(random, false));
      return Filter::any_of(key, std::move(values));
    }
    case Op::kPrefix:
    case Op::kContains: return Filter::compare(op, key, pick(random, kParts));
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
    if (got.text != want.text || got.begin != want.begin || got.end != want.end || got.place != want.place ||
        got.document_id != expected.id || got.id != fmt::format("{}_{}", expected.id, got.index) ||
        *got.metadata != expected.metadata)
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
    if (!nearest.ok() || nearest->empty() || std::abs(nearest->front().score - 1) > kScoreTolerance)
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
  const auto token = static_cast<std::uint32_t>(vector_seed % 1000);
  result.sparse = {{token, 0.5f}, {token + 1, 0.25f}, {250'000, 1.75f}};
  if (vector_seed % 3 == 0) result.colbert = {4, {0.5f, 0.25f}, {1, 2, 3, 4, -1, -2, -3, -127}};
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
  for (const DocumentField& field : document_fields())
    if (random() % 3 != 0) (void)set_field(field, random_field_value(random, field), m);
  for (const std::string& key : kKeys)
    if (random() % 2 != 0) m.custom.emplace(key, random_value(random, true));
  return m;
}

Filter random_filter(std::mt19937& random) {
  switch (random() % 10) {
    case 0:
    case 1: {
      const DocumentField& field = random_field(random);
      return Filter::equals(field.name, random_field_value(random, field));
    }
    case 2: {
      const DocumentField& field = random_field(random);
      return Filter::any_of(field.name, {random_field_value(random, field), random_value(random, false)});
    }
    case 3: return Filter::created_at_or_after(1611216000 + static_cast<std::int64_t>(random() % 3) - 1);
    case 4: return Filter::created_at_or_before(1611216000 + static_cast<std::int64_t>(random() % 3) - 1);
    case 5: return Filter::document("d" + std::to_string(random() % 60));
    case 6: return Filter::all();
    case 7:
    case 8: return random_condition(random);
    default: {
      std::vector<Filter> children;
      for (unsigned n = random() % 4; n > 0; --n) children.push_back(random_filter(random));
      switch (random() % 4) {
        case 0: return Filter::either_of(std::move(children));
        case 1: return Filter::negation(random_filter(random));
        default: return Filter::both_of(std::move(children));
      }
    }
  }
}

Filter random_column_filter(std::mt19937& random) {
  for (;;)
    if (Filter filter = random_filter(random); !filter.reads_texts()) return filter;
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

}  // namespace rappel
