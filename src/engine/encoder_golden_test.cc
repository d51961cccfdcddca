// Compares every device and instruction set that runs here with the results of the reference implementations
// for the small models and for the published all-MiniLM-L6-v2 (origin and tolerances:
// shared/data/goldens-models/README.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "engine/encoder.h"
#include "engine/test_encoder_devices.h"
#include "testing/json_lines.h"
#include "testing/npy.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

constexpr double kVectorBar = 1e-5;  // dense, lexical, ColBERT
constexpr double kLogitBar = 5e-5;

constexpr double kHiddenBar = 2e-5;  // values up to about 10

using Ids = std::vector<std::int32_t>;

template <class A, class B>
double largest_difference(const A& a, const B& b, std::size_t count) {
  double largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(difference <= largest)) largest = difference;  // a NaN stays
  }
  return largest;
}

class EncoderGoldens : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { RAPPEL_SKIP_WITHOUT_DEVICE(GetParam()); }
  bool slow() const { return is_slow_device(GetParam()); }
  double bar(double own) const { return std::max(own, least_bar(GetParam())); }

  // Null if the data is absent; the test is then skipped.
  Encoder* load(const std::string& name) {
    const auto folder = name == "all-MiniLM-L6-v2" ? minilm_model() : linked_model(name, dir_.path() / name);
    if (!folder) return nullptr;
    auto files = ModelFiles::open(*folder);
    EXPECT_TRUE(files.ok()) << files.status().to_string();
    if (!files.ok()) return nullptr;
    encoder_.reset();  // before its device is destroyed
    device_ = make_test_device(pool_, GetParam());
    auto encoder = Encoder::load(*files, *device_, {});
    EXPECT_TRUE(encoder.ok()) << encoder.status().to_string();
    if (encoder.ok()) encoder_ = std::move(*encoder);
    return encoder_.get();
  }

  HeadOutputs run(const std::vector<Ids>& texts, const HeadRequest& request,
                  const std::vector<std::vector<std::uint8_t>>& types = {}) {
    PackedTokens batch;
    for (std::size_t i = 0; i < texts.size(); ++i)
      batch.append(texts[i], types.empty() ? std::vector<std::uint8_t>() : types[i], encoder_->config());
    HeadOutputs outputs;
    const Status status = encoder_->forward(batch, request, outputs);
    EXPECT_TRUE(status.ok()) << status.to_string();
    return outputs;
  }

  static std::vector<Json> lines(const std::string& file) {
    return read_json_lines(*shared_data("goldens-models/" + file));
  }
  static NpyArray array(const std::string& file) { return *read_npy(*shared_data("goldens-models/" + file)); }

  // Every row of the last layer.
  void check_hidden_states(const std::string& model) {
    const NpyArray hidden = array(model + ".hidden_states.npy");  // [1 + layers, rows of all texts, columns]
    ASSERT_EQ(hidden.shape.size(), 3u);
    const std::size_t last_layer = (hidden.shape[0] - 1) * hidden.shape[1];
    for (const Json& row : lines(model + ".hidden_states.jsonl")) {
      const auto ids = row["input_ids"].get<Ids>();
      const HeadOutputs out = run({ids}, {.hidden = true});
      const float* golden = hidden.row(last_layer + row["row"].get<std::size_t>());
      ASSERT_EQ(out.hidden.size(), ids.size() * hidden.columns());
      EXPECT_LE(largest_difference(out.hidden, golden, out.hidden.size()), bar(kHiddenBar))
          << model << " " << row["text_id"];
    }
  }

  TempDir dir_;
  ThreadPool pool_{2};
  std::unique_ptr<Device> device_;
  std::unique_ptr<Encoder> encoder_;
};

// FlagEmbedding's rule: maximum over equal ids, only positive weights, without <s>, <pad>, </s> and <unk>.
std::map<std::string, float> lexical_weights(const Ids& ids, const float* weights) {
  std::map<std::string, float> best;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] <= 3 || weights[i] <= 0) continue;
    float& weight = best[std::to_string(ids[i])];
    weight = std::max(weight, weights[i]);
  }
  return best;
}

double lexical_difference(const Json& golden, const std::map<std::string, float>& ours) {
  std::set<std::string> keys;
  for (const auto& [key, value] : golden.items()) keys.insert(key);
  for (const auto& [key, value] : ours) keys.insert(key);
  double largest = 0;
  for (const std::string& key : keys) {
    const double mine = ours.count(key) ? static_cast<double>(ours.at(key)) : 0.0;
    largest = std::max(largest, std::abs(golden.value(key, 0.0) - mine));
  }
  return largest;
}

// 0 up to and including the first [SEP], then 1.
Ids types_after_separator(const Ids& ids) {
  constexpr std::int32_t kSeparator = 102;
  Ids types(ids.size(), 1);
  std::fill(types.begin(), types.begin() + (std::find(ids.begin(), ids.end(), kSeparator) - ids.begin()) + 1,
            0);
  return types;
}

// Runs the rows in batches of packed texts and passes the position of each row in its batch to `check`.
template <class Check>
void in_batches(const std::vector<Json>& rows, std::size_t most_tokens, Check check) {
  for (std::size_t begin = 0; begin < rows.size();) {
    std::vector<Json> batch;
    for (std::size_t tokens = 0; begin < rows.size(); ++begin) {
      const std::size_t length = rows[begin]["input_ids"].size();
      if (!batch.empty() && (tokens + length > most_tokens || batch.size() == 12)) break;
      batch.push_back(rows[begin]);
      tokens += length;
    }
    check(batch);
  }
}

TEST_P(EncoderGoldens, BgeM3) {
  if (!load("tiny-bge-m3")) GTEST_SKIP() << missing_shared_data();
  const NpyArray colbert = array("tiny-bge-m3.colbert.npy");
  double dense_off = 0, lexical_off = 0, colbert_off = 0;
  std::size_t texts = 0, colbert_texts = 0;
  std::vector<Json> rows = lines("tiny-bge-m3.texts.jsonl");
  for (Json& row : lines("tiny-bge-m3.max_length.jsonl")) rows.push_back(std::move(row));
  if (slow())
    std::erase_if(rows, [](const Json& row) {
      return row["input_ids"].size() > std::min<std::size_t>(600, longest_test_text(GetParam()));
    });
  in_batches(rows, 8192, [&](const std::vector<Json>& batch) {
    std::vector<Ids> ids;
    for (const Json& row : batch) ids.push_back(row["input_ids"].get<Ids>());
    const HeadOutputs out = run(ids, {.dense = true, .sparse = true, .colbert = true});
    std::size_t token = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const Json& row = batch[i];
      const auto dense = row["dense"].get<std::vector<float>>();
      dense_off = std::max(dense_off, largest_difference(out.dense.data() + i * 32, dense, 32));
      lexical_off =
          std::max(lexical_off,
                   lexical_difference(row["lexical"], lexical_weights(ids[i], &out.token_weights[token])));
      if (row.contains("colbert") && row["colbert"].is_object()) {
        ASSERT_EQ(row["colbert"]["rows"].get<std::size_t>(), ids[i].size() - 1);
        colbert_off =
            std::max(colbert_off, largest_difference(out.colbert.data() + (token - i) * 32,
                                                     colbert.row(row["colbert"]["row"].get<std::size_t>()),
                                                     (ids[i].size() - 1) * 32));
        ++colbert_texts;
      }
      token += ids[i].size();
      ++texts;
    }
  });
  EXPECT_GT(texts, 100u);
  EXPECT_GT(colbert_texts, 10u);
  EXPECT_LE(dense_off, bar(kVectorBar));
  EXPECT_LE(lexical_off, bar(kVectorBar));
  EXPECT_LE(colbert_off, bar(kVectorBar));
  check_hidden_states("tiny-bge-m3");
  RecordProperty("largest_differences", "dense " + std::to_string(dense_off * 1e6) + "e-6, lexical " +
                                            std::to_string(lexical_off * 1e6) + "e-6, ColBERT " +
                                            std::to_string(colbert_off * 1e6) + "e-6");
}

TEST_P(EncoderGoldens, BgeM3TruncatedDimensions) {
  if (!load("tiny-bge-m3")) GTEST_SKIP() << missing_shared_data();
  std::map<std::string, Ids> ids;
  for (const Json& row : lines("tiny-bge-m3.texts.jsonl")) ids[row["id"]] = row["input_ids"].get<Ids>();
  for (const Json& row : lines("tiny-bge-m3.truncate_dim.jsonl")) {
    const int dimensions = row["truncate_dim"];
    const HeadOutputs out =
        run({ids.at(row["text_id"])}, {.dense = true, .colbert = true, .dimensions = dimensions});
    ASSERT_EQ(out.dense_dim, dimensions);
    ASSERT_EQ(out.colbert_dim, dimensions);
    const auto count = static_cast<std::size_t>(dimensions);
    EXPECT_LE(largest_difference(out.dense, row["dense"].get<std::vector<float>>(), count), bar(kVectorBar));
    EXPECT_LE(largest_difference(out.colbert, row["colbert_row0"].get<std::vector<float>>(), count),
              bar(kVectorBar));
  }
}

TEST_P(EncoderGoldens, Rerankers) {
  for (const std::string model : {"tiny-bge-reranker-v2-m3", "tiny-bert-cross-encoder"}) {
    if (!load(model)) GTEST_SKIP() << missing_shared_data();
    std::vector<Json> rows = lines(model + ".pairs.jsonl");
    const bool xlmr = encoder_->config().family == Family::kXlmRoberta;
    if (xlmr)
      for (Json& row : lines(model + ".overlong.jsonl")) rows.push_back(std::move(row));
    for (std::size_t i = rows.size(); i-- > 0;) {
      if (!rows[i].contains("longest_first")) continue;
      Json row = rows[i]["longest_first"];
      if (!xlmr) row["token_type_ids"] = types_after_separator(row["input_ids"].get<Ids>());
      rows.push_back(std::move(row));
    }
    std::erase_if(rows, [&](const Json& row) {
      return !row.contains("input_ids") || !row.contains("score") ||
             (slow() && row["input_ids"].size() > 300);
    });
    double off = 0;
    in_batches(rows, 4096, [&](const std::vector<Json>& batch) {
      std::vector<Ids> ids;
      std::vector<std::vector<std::uint8_t>> types;
      for (const Json& row : batch) {
        ids.push_back(row["input_ids"].get<Ids>());
        types.push_back(row.contains("token_type_ids")
                            ? row["token_type_ids"].get<std::vector<std::uint8_t>>()
                            : std::vector<std::uint8_t>());
      }
      const HeadOutputs out = run(ids, {.logits = true}, types);
      for (std::size_t i = 0; i < batch.size(); ++i)
        off = std::max(off, std::abs(batch[i]["score"].get<double>() - static_cast<double>(out.logits[i])));
    });
    EXPECT_GT(rows.size(), 50u) << model;
    EXPECT_LE(off, bar(kLogitBar)) << model;
  }
}

// CLS or mean pooled rows, and the last hidden state of some texts.
TEST_P(EncoderGoldens, BertEmbedders) {
  for (const std::string model : {"tiny-bert-embedder", "all-MiniLM-L6-v2"}) {
    if (!shared_data("goldens-models")) GTEST_SKIP() << missing_shared_data();
    if (!load(model)) {
      if (model == "all-MiniLM-L6-v2")
        GTEST_SKIP()
            << "all-MiniLM-L6-v2 not found: run scripts/fetch-models all-MiniLM-L6-v2 or set RAPPEL_MINILM";
      GTEST_SKIP() << missing_shared_data();
    }
    const NpyArray dense = array(model + ".dense.npy");
    std::vector<Json> rows = lines(model + ".texts.jsonl");
    if (slow() && model == "all-MiniLM-L6-v2") rows.resize(6);
    double off = 0;
    in_batches(rows, 2048, [&](const std::vector<Json>& batch) {
      std::vector<Ids> ids;
      for (const Json& row : batch) ids.push_back(row["input_ids"].get<Ids>());
      const HeadOutputs out = run(ids, {.dense = true});
      for (std::size_t i = 0; i < batch.size(); ++i)
        off = std::max(off, largest_difference(out.dense.data() + i * dense.columns(),
                                               dense.row(batch[i]["row"]), dense.columns()));
    });
    EXPECT_LE(off, bar(kVectorBar)) << model;
    check_hidden_states(model);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, EncoderGoldens, testing::ValuesIn(golden_devices()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace rappel
