// A store and its naive twin (test_store.h), which get the same random changes and are asked the same.
#pragma once

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "store/conformance/store_conformance.h"
#include "store/conformance/test_store.h"

namespace rappel {

// Some words of one of several languages.
std::string random_text(std::mt19937& random);
// A word that few texts have, or none.
std::string rare_word(std::mt19937& random);
// Ids and scores; equal scores by id.
std::vector<std::pair<float, std::string>> scored_ids(DocumentStore& store, const SearchRequest& request);
// Weights that float16 keeps. Many chunks have the same tokens, and some weights are far above the usual.
std::vector<TokenWeight> random_weights(std::mt19937& random);

// Random changes of a store and of its naive twin.
class StoreAndTwin {
 public:
  StoreAndTwin(std::unique_ptr<DocumentStore> store, int dimension)
      : store_(std::move(store)), twin_(dimension), dimension_(dimension) {}

  void change(int step) {
    std::vector<NewDocument> documents;
    for (int i = 0; i < 12; ++i) {
      std::vector<std::string> texts;
      for (unsigned n = random_() % 4; n > 0; --n) texts.push_back(random_text(random_));
      documents.push_back(
          document("d" + std::to_string(random_() % 60), texts, dimension_, random_metadata(random_)));
      for (NewChunk& chunk : documents.back().chunks) chunk.sparse = random_weights(random_);
    }
    ASSERT_STATUS_OK(store_->upsert(documents));
    ASSERT_STATUS_OK(twin_.upsert(documents));
    if (step % 3 != 2) return;
    const Filter filter = random_filter(random_);
    EXPECT_EQ(*store_->remove(filter), *twin_.remove(filter));
  }

  // Documents with new ids and various lengths.
  void add(int step) {
    std::vector<NewDocument> documents;
    for (int i = 0; i < 30; ++i)
      documents.push_back(document("n" + std::to_string(step) + "-" + std::to_string(i),
                                   {random_text(random_) + rare_word(random_), random_text(random_)},
                                   dimension_, random_metadata(random_)));
    ASSERT_STATUS_OK(store_->upsert(documents));
    ASSERT_STATUS_OK(twin_.upsert(documents));
  }

  // Returns the number of hits.
  std::size_t compare(const SearchRequest& request) {
    const auto expected = scored_ids(twin_, request);
    EXPECT_EQ(scored_ids(*store_, request), expected);
    // The best few have the best scores, whatever the order of ties.
    SearchRequest few = request;
    few.k = 3;
    const auto found = store_->search(few);
    EXPECT_EQ(found->size(), std::min<std::size_t>(3, expected.size()));
    for (std::size_t i = 0; i < std::min(found->size(), expected.size()); ++i)
      EXPECT_EQ((*found)[i].score, expected[i].first);
    return expected.size();
  }
  void compare_best(const std::string& text) {
    const auto reader = open_reader(*store_);
    const auto found = (*reader)->best_score(LexicalSignal{text}),
               expected = twin_.best_score(LexicalSignal{text});
    ASSERT_TRUE(found.ok()) << found.status().to_string();
    if (!*found) return;
    EXPECT_NEAR(**found, **expected, 1e-4) << text;
  }
  void compare_guesses(const LexicalSignal& signal) {
    const auto reader = open_reader(*store_);
    const auto found = (*reader)->guesses(signal);
    ASSERT_TRUE(found.ok()) << found.status().to_string();
    EXPECT_EQ(*found, *twin_.guesses(signal)) << signal.text;
  }
  Filter some_filter() { return random_() % 2 == 0 ? Filter() : random_filter(random_); }
  std::mt19937& random() { return random_; }
  std::unique_ptr<DocumentStore>& store() { return store_; }

 private:
  std::unique_ptr<DocumentStore> store_;
  TestStore twin_;
  const int dimension_;
  std::mt19937 random_{17};
};

}  // namespace rappel
