#include "store/conformance/versioned_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "store/conformance/store_test_util.h"

namespace rappel {
namespace {

// One word of letters, without a stem: word rules part letters from digits.
std::string word_of(int pair, std::int64_t version) {
  std::string word = fmt::format("p{}p{}z", pair, version);
  for (char& c : word)
    if (c >= '0' && c <= '9') c = static_cast<char>('a' + (c - '0'));
  return word;
}

Status contradiction(const std::string& what) { return Status(Code::kInternal, what); }

// Version of the pair as its first chunk tells it, -1 when there is none.
Result<std::int64_t> told_version(StoreReader& reader, int pair, int dimension) {
  for (int member = 0; member < 2; ++member) {
    const Filter self = Filter::document(pair_id(pair, member));
    RAPPEL_ASSIGN(const auto hits, dense(reader, unit_vector(1, dimension), 1, self));
    if (hits.empty()) continue;
    RAPPEL_ASSIGN(const auto chunks, reader.chunks(std::vector{hits[0].key}));
    const std::size_t v = chunks[0].text.find('v');
    if (v == std::string::npos) return contradiction("a chunk without version");
    return static_cast<std::int64_t>(std::stoll(chunks[0].text.substr(v + 1)));
  }
  return -1;
}

Status check_member(StoreReader& reader, const NewDocument& expected, int dimension) {
  const Filter self = Filter::document(expected.id);
  RAPPEL_ASSIGN(const auto hits, dense(reader, unit_vector(1, dimension), 1000, self));
  if (hits.size() != expected.chunks.size())
    return contradiction(
        fmt::format("{} has {} vectors, expected {}", expected.id, hits.size(), expected.chunks.size()));
  const std::vector<TokenWeight> weights = {{250'000, 1}};  // chunk() gives it 1.75
  RAPPEL_ASSIGN(const auto by_weights, reader.search(SearchRequest::sparse(weights, 1000, self)));
  if (by_weights.size() != hits.size() ||
      std::any_of(by_weights.begin(), by_weights.end(), [](const Hit& hit) { return hit.score != 1.75f; }))
    return contradiction("the weights of " + expected.id + " are not its own");
  RAPPEL_ASSIGN(const auto chunks, reader.chunks(keys_of(hits)));
  std::set<std::uint32_t> seen;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const std::uint32_t index = chunks[i].index;
    if (!seen.insert(index).second || index >= expected.chunks.size() ||
        chunks[i].text != expected.chunks[index].text)
      return contradiction(fmt::format("chunk {} is not of the version of its document", chunks[i].id));
    double dot = 0;
    const auto probe = unit_vector(1, dimension);
    for (std::size_t j = 0; j < probe.size(); ++j) dot += double(probe[j]) * expected.chunks[index].dense[j];
    if (std::abs(dot - hits[i].score) > kScoreTolerance)
      return contradiction("the vector of " + chunks[i].id + " is not its own");
  }
  return {};
}

}  // namespace

std::string pair_id(int pair, int member) { return fmt::format("pair{}-{}", pair, member); }

std::vector<NewDocument> versioned_pair(int pair, std::int64_t version, int dimension) {
  std::vector<NewDocument> documents;
  for (int member = 0; member < 2; ++member) {
    const std::int64_t count = 1 + (version * 5 + pair + member) % 6;
    std::vector<std::string> texts;
    for (std::int64_t i = 0; !is_absent(version) && i < count; ++i)
      texts.push_back(
          fmt::format("{} v{} chunk {} of {} {}", word_of(pair, version), version, i, count,
                      std::string(static_cast<std::size_t>((version * 131 + i * 977) % 3000), 'f')));
    Metadata metadata;
    metadata.filesize = version;
    documents.push_back(document(pair_id(pair, member), texts, dimension, metadata));
  }
  return documents;
}

Status write_pair(DocumentStore& store, int pair, std::int64_t version, int dimension) {
  if (is_absent(version) && version % 2 == 0)
    return store.remove(std::vector{pair_id(pair, 0), pair_id(pair, 1)}).status();
  return store.upsert(versioned_pair(pair, version, dimension));
}

Result<std::int64_t> read_pair(StoreReader& reader, int pair, int dimension) {
  RAPPEL_ASSIGN(const std::int64_t version, told_version(reader, pair, dimension));
  if (version < 0) return version;
  std::size_t count = 0;
  for (const NewDocument& expected : versioned_pair(pair, version, dimension)) {
    RAPPEL_TRY(check_member(reader, expected, dimension));
    count += expected.chunks.size();
  }
  RAPPEL_ASSIGN(const auto words, lexical(reader, word_of(pair, version), 1000, Filter::all()));
  if (words.size() != count)
    return contradiction(
        fmt::format("{} is in {} chunks, expected {}", word_of(pair, version), words.size(), count));
  return version;
}

}  // namespace rappel
