// Searches by each signal, and filters against their naive twin.
#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "codec/float16.h"
#include "store/conformance/store_conformance.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

TEST_P(StoreConformance, DenseOrdersBySimilarityAndKeepsTheOrderOfTies) {
  const auto store = open();
  std::vector<NewDocument> documents;
  for (int i = 0; i < 30; ++i) {
    NewDocument d = document("d" + std::to_string(i), {"t" + std::to_string(i)}, kDimension);
    d.chunks[0].dense.assign(kDimension, 0.0f);
    d.chunks[0].dense[static_cast<std::size_t>(i % 3)] = 1;
    documents.push_back(d);
  }
  ASSERT_STATUS_OK(store->upsert(documents));
  const auto reader = open_reader(*store);
  std::vector<float> query(kDimension, 0.0f);
  query[0] = 0.8f;
  query[1] = 0.6f;
  const auto hits = dense(**reader, query, 12, Filter::all());
  ASSERT_EQ(hits->size(), 12u);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_FLOAT_EQ((*hits)[i].score, i < 10 ? 0.8f : 0.6f);
  const auto later = open_reader(*store);
  const auto first = texts_of(**reader, hits), again = texts_of(**later, dense(**later, query, 30));
  ASSERT_EQ(again.size(), 30u);
  EXPECT_TRUE(std::equal(first.begin(), first.end(), again.begin())) << "another order of equal scores";
  EXPECT_EQ(dense(**reader, query, SIZE_MAX, Filter::all())->size(), 30u);
  EXPECT_TRUE(dense(**reader, query, 0, Filter::all())->empty());
  query.pop_back();
  EXPECT_EQ(dense(**reader, query, 1, Filter::all()).status().code(), Code::kInvalidArgument);
  query.push_back(NAN);
  EXPECT_EQ(dense(**reader, query, 1, Filter::all()).status().code(), Code::kInvalidArgument);
}

TEST_P(StoreConformance, DenseEqualsBruteForceInDouble) {
  for (const int dimension : {384, 1024}) {
    TempDir folder;
    auto opened = GetParam().open(folder.path() / "data", dimension);
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    const int count = dimension == 384 ? 20000 : 2000;
    std::vector<NewDocument> documents(static_cast<std::size_t>(count / 10));
    for (int i = 0; i < count; ++i) {
      NewDocument& d = documents[static_cast<std::size_t>(i / 10)];
      d.id = "d" + std::to_string(i / 10);
      d.chunks.push_back(chunk(std::to_string(i), static_cast<std::uint64_t>(i), dimension));
      // Stores may keep vectors as float16.
      for (float& x : d.chunks.back().dense) x = f16_to_float(float_to_f16(x));
    }
    ASSERT_STATUS_OK((*opened)->upsert(documents));
    const auto reader = open_reader(**opened);
    for (int q = 0; q < 3; ++q) {
      const auto query = unit_vector(static_cast<std::uint64_t>(q) + 1'000'000, dimension);
      std::vector<std::pair<double, int>> exact;
      for (int i = 0; i < count; ++i) {
        const auto& v =
            documents[static_cast<std::size_t>(i / 10)].chunks[static_cast<std::size_t>(i % 10)].dense;
        double dot = 0;
        for (std::size_t j = 0; j < v.size(); ++j) dot += double(v[j]) * query[j];
        exact.emplace_back(-dot, i);
      }
      std::sort(exact.begin(), exact.end());
      const auto hits = dense(**reader, query, 20, Filter::all());
      const auto texts = texts_of(**reader, hits);
      ASSERT_EQ(texts.size(), 20u);
      for (std::size_t i = 0; i < 20; ++i) {
        EXPECT_NEAR((*hits)[i].score, -exact[i].first, 2e-6);
        const auto place = std::find_if(exact.begin(), exact.end(),
                                        [&](const auto& e) { return e.second == std::stoi(texts[i]); });
        EXPECT_NEAR(place->first, exact[i].first, 2e-6);
      }
    }
  }
}

TEST_P(StoreConformance, LexicalFindsAnyWordAndKnowsNoSyntax) {
  const auto store = open();
  NEEDS(store->info().lexical);
  ASSERT_STATUS_OK(store->upsert({document("1", {"The quick brown fox"}, kDimension),
                                  document("2", {"Caf\xC3\xA9 cr\xC3\xA8me, na\xC3\xAFve"}, kDimension),
                                  document("3", {"lazy dog and quick quick quick fox"}, kDimension),
                                  document("4", {"text near not or and"}, kDimension),
                                  document("5", {"C++ and C# user's-guide x.y"}, kDimension)}));
  const auto reader = open_reader(*store);
  const auto found = [&](const std::string& text) {
    const auto hits = lexical(**reader, text, 10, Filter::all());
    EXPECT_TRUE(hits.ok()) << text << ": " << hits.status().to_string();
    return hits.ok() ? document_ids(**reader, *hits) : std::set<std::string>();
  };
  using Ids = std::set<std::string>;
  EXPECT_EQ(found("fox"), (Ids{"1", "3"}));
  EXPECT_EQ(found("FOX crocodile"), (Ids{"1", "3"}));
  EXPECT_EQ(found("cafe"), (Ids{"2"}));
  EXPECT_EQ(found("CAF\xC3\x89 dog"), (Ids{"2", "3"}));
  EXPECT_EQ(found("cr\xC3\xA8me"), (Ids{"2"}));
  EXPECT_EQ(found("brown NOT fox"), (Ids{"1", "3", "4"}));
  EXPECT_EQ(found("text:fox"), (Ids{"1", "3", "4"}));
  EXPECT_EQ(found("qui*"), (Ids{}));
  EXPECT_EQ(found("\"brown dog\""), (Ids{"1", "3"}));
  EXPECT_EQ(found("brown-dog"), (Ids{"1", "3"}));
  EXPECT_EQ(found("^lazy"), (Ids{"3"}));
  EXPECT_EQ(found("guide"), (Ids{"5"}));
  EXPECT_EQ(found("NEAR(brown fox, 1)"), (Ids{"1", "3", "4"}));
  for (const char* nothing :
       {"", "   ", "\"", "((", "*:^", "\xE2\x80\x9C\xE2\x80\x9D", "+-{}", "\xFF\xFE", "'"})
    EXPECT_EQ(found(nothing), (Ids{})) << nothing;
  EXPECT_EQ(found(std::string("fox\0dog", 7)), (Ids{"1", "3"}));
  std::string many;
  for (int i = 0; i < 20000; ++i) many += "w" + std::to_string(i) + " ";
  EXPECT_EQ(found("fox " + many), (Ids{"1", "3"}));

  const auto hits = lexical(**reader, "quick", 10, Filter::all());
  ASSERT_EQ(hits->size(), 2u);
  EXPECT_EQ(texts_of(**reader, hits)[0], "lazy dog and quick quick quick fox");
  EXPECT_GT((*hits)[0].score, (*hits)[1].score);
  EXPECT_EQ(lexical(**reader, "quick", 1, Filter::all())->size(), 1u);
  EXPECT_TRUE(lexical(**reader, "quick", 0, Filter::all())->empty());
}

// Some words of one of several languages.
std::string random_text(std::mt19937& random) {
  static const std::vector<std::vector<std::string>> kWords = {
      {"the", "otter", "swims", "swimming", "in", "rivers", "river", "and", "of", "is", "ERR-4012",
       "running"},
      {"la", "loutre", "nage", "dans", "les", "rivi\xC3\xA8res", "rivi\xC3\xA8re", "et", "est",
       "caf\xC3\xA9s"},
      {"der", "Otter", "schwimmt", "in", "den", "Fl\xC3\xBCssen", "Fluss", "und", "ist", "H\xC3\xA4user"},
      {"\xE6\xB0\xB4\xE7\x8D\xAD", "\xE6\xB2\xB3\xE6\xB5\x81", "\xE6\xB8\xB8\xE6\xB3\xB3"}};
  const auto& words = kWords[random() % kWords.size()];
  std::string text;
  for (unsigned n = 1 + random() % 30; n > 0; --n) text += words[random() % words.size()] + " ";
  return text;
}

std::string rare_word(std::mt19937& random) {
  static constexpr std::string_view kParts[] = {"riv", "nag",       "Ott", "swim", "err",
                                                "40",  "\xC3\xA9t", "er",  "s"};
  std::string word;
  for (unsigned n = 1 + random() % 3; n > 0; --n) word += kParts[random() % std::size(kParts)];
  return word;
}

// Ids and scores; equal scores by id.
std::vector<std::pair<float, std::string>> scored_ids(DocumentStore& store, const SearchRequest& request) {
  const auto found = store.search(request);
  EXPECT_TRUE(found.ok()) << found.status().to_string();
  std::vector<std::pair<float, std::string>> scored;
  if (found.ok())
    for (const FoundChunk& one : *found) scored.emplace_back(one.score, one.chunk.id);
  std::sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  return scored;
}

// Weights that float16 keeps. Many chunks have the same tokens, and some weights are far above the usual.
std::vector<TokenWeight> random_weights(std::mt19937& random) {
  std::vector<TokenWeight> weights;
  for (std::uint32_t token = 0; token < 12; ++token) {
    if (random() % 3 == 0) continue;
    const float usual = static_cast<float>(1 + random() % 160) / 128;
    weights.push_back({token, random() % 40 == 0 ? usual * 256 : random() % 400 == 0 ? 40'000 : usual});
  }
  return weights;
}

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

TEST_P(StoreConformance, ScoresOfWordsAndWeightsAreThoseOfTheNaiveTwin) {
  StoreAndTwin both(open(), kDimension);
  const StoreInfo info = both.store()->info();
  std::size_t words = 0, weights = 0;
  for (int step = 0; step < 15; ++step) {
    both.change(step);
    if (step % 4 == 3 && info.durability != Durability::kMemory) {
      both.store().reset();
      both.store() = open();
    }
    for (int q = 0; q < 10; ++q) {
      const std::string text = random_text(both.random());
      if (info.lexical) words += both.compare(SearchRequest::lexical(text, 1000, both.some_filter()));
      both.compare_best(text +
                        " unknownword donn\xC3\xA9"
                        "es");
      const std::vector<TokenWeight> asked = random_weights(both.random());
      if (info.sparse) weights += both.compare(SearchRequest::sparse(asked, 1000, both.some_filter()));
    }
  }
  EXPECT_TRUE(!info.lexical || words > 1000) << words;
  EXPECT_TRUE(!info.sparse || weights > 1000) << weights;
}

// Some words of a text in their order.
std::string random_phrase(std::mt19937& random) {
  const std::string text = random_text(random);
  std::vector<std::string> words;
  for (std::size_t at = 0, end; at < text.size(); at = end + 1) {
    end = text.find(' ', at);
    words.push_back(text.substr(at, end - at));
  }
  const std::size_t first = random() % words.size(), count = 1 + random() % 2;
  std::string phrase;
  for (std::size_t i = first; i < std::min(first + count, words.size()); ++i) phrase += words[i] + ", ";
  return phrase;
}

TextConditions random_conditions(std::mt19937& random) {
  TextConditions conditions;
  for (unsigned n = random() % 2; n > 0; --n) conditions.phrases.push_back(random_phrase(random));
  for (unsigned n = random() % 2; n > 0; --n) conditions.without_phrases.push_back(random_phrase(random));
  for (unsigned n = random() % 2; n > 0; --n) conditions.without_words.push_back(random_phrase(random));
  return conditions;
}

TEST_P(StoreConformance, TextConditionsAreThoseOfTheNaiveTwin) {
  StoreAndTwin both(open(), kDimension);
  const StoreInfo info = both.store()->info();
  NEEDS(info.text_conditions);
  std::size_t found = 0, phrases = 0;
  for (int step = 0; step < 12; ++step) {
    both.change(step);
    for (int q = 0; q < 15; ++q) {
      const std::string text = random_text(both.random());
      const std::vector<TokenWeight> weights = random_weights(both.random());
      std::vector<SearchRequest> requests;
      if (info.lexical) requests.push_back(SearchRequest::lexical(text, 1000, both.some_filter()));
      if (info.sparse) requests.push_back(SearchRequest::sparse(weights, 1000, both.some_filter()));
      requests.push_back(SearchRequest::match(1000, both.some_filter()));
      for (SearchRequest& request : requests) {
        request.text = random_conditions(both.random());
        const std::size_t hits = both.compare(request);
        found += hits;
        if (!request.text.phrases.empty()) phrases += hits;
      }
    }
  }
  EXPECT_GT(found, 2000u);
  EXPECT_GT(phrases, 200u);
}

TEST_P(StoreConformance, TextConditionsRestrictEverySignal) {
  const auto store = open();
  const StoreInfo info = store->info();
  std::vector<NewDocument> documents = {
      document("1", {"The pump stops at night: ERR-4012"}, kDimension),
      document("2", {"At night the pumps stop"}, kDimension),
      document("3", {"caf\xC3\xA9 C++ 4012 err"}, kDimension),
      document("4", {"C code, \xE6\xB0\xB4\xE7\x8D\xAD"}, kDimension),
  };
  for (NewDocument& one : documents) one.chunks[0].sparse = {{1, 0.5f}};
  ASSERT_STATUS_OK(store->upsert(documents));
  const std::vector<float> vector = unit_vector(1, kDimension);
  const std::vector<TokenWeight> weights = {{1, 1}};
  using Ids = std::set<std::string>;
  const auto found = [&](TextConditions conditions) {
    std::vector<SearchRequest> requests = {SearchRequest::dense(vector, 10)};
    if (info.lexical) requests.push_back(SearchRequest::lexical("pump night 4012 code", 10));
    if (info.sparse) requests.push_back(SearchRequest::sparse(weights, 10));
    requests.push_back(SearchRequest::match(10));
    std::set<Ids> answers;
    for (SearchRequest& request : requests) {
      request.text = conditions;
      const auto hits = store->search(request);
      EXPECT_TRUE(hits.ok()) << hits.status().to_string();
      Ids ids;
      for (const FoundChunk& hit : *hits) ids.insert(hit.chunk.document_id);
      answers.insert(ids);
    }
    EXPECT_EQ(answers.size(), 1u) << "signals disagree";
    return *answers.begin();
  };
  if (!info.text_conditions) {
    SearchRequest request = SearchRequest::dense(vector, 1);
    request.text.phrases = {"pump"};
    EXPECT_EQ(store->search(request).status().code(), Code::kUnsupported);
    return;
  }
  EXPECT_EQ(found({.phrases = {"PUMP stops"}}), (Ids{"1"}));
  EXPECT_EQ(found({.phrases = {"pump stop"}}), Ids()) << "phrases are not stemmed";
  EXPECT_EQ(found({.phrases = {"at night"}}), (Ids{"1", "2"}));
  EXPECT_EQ(found({.phrases = {"at night", "the pumps"}}), (Ids{"2"}));
  EXPECT_EQ(found({.phrases = {"night - err 4012"}}), (Ids{"1"}));
  EXPECT_EQ(found({.phrases = {"4012"}}), (Ids{"1", "3"}));
  EXPECT_EQ(found({.phrases = {"cafe c++"}}), (Ids{"3"}));
  EXPECT_EQ(found({.phrases = {"c"}}), (Ids{"4"}));
  EXPECT_EQ(found({.phrases = {"\xE7\x8D\xAD"}}), (Ids{"4"}));
  EXPECT_EQ(found({.phrases = {"zebra"}}), Ids());
  EXPECT_EQ(found({.phrases = {" - ", "at night"}}), (Ids{"1", "2"})) << "nothing is no condition";
  EXPECT_EQ(found({.without_words = {"pump"}}), (Ids{"3", "4"})) << "in any form";
  EXPECT_EQ(found({.without_words = {"ERR-4012"}}), (Ids{"2", "3", "4"}));
  EXPECT_EQ(found({.without_words = {"zebra", "-"}}), (Ids{"1", "2", "3", "4"}));
  EXPECT_EQ(found({.without_phrases = {"pump"}}), (Ids{"2", "3", "4"})) << "as it is written";
  EXPECT_EQ(found({.phrases = {"night"}, .without_phrases = {"pump stops"}}), (Ids{"2"}));
  SearchRequest request = SearchRequest::dense(vector, 10);
  request.text.phrases.assign(kMaxFilterConditions + 1, "pump");
  EXPECT_EQ(store->search(request).status().code(), Code::kInvalidArgument);
}

TEST_P(StoreConformance, MatchFindsEveryChunkInOneOrder) {
  StoreAndTwin both(open(), kDimension);
  EXPECT_TRUE(both.store()->search(SearchRequest::match(10))->empty());
  for (int step = 0; step < 8; ++step) {
    both.change(step);
    for (int q = 0; q < 5; ++q) both.compare(SearchRequest::match(1000, both.some_filter()));
  }
  const auto reader = open_reader(*both.store());
  const auto all = (*reader)->search(SearchRequest::match(1000)),
             few = (*reader)->search(SearchRequest::match(4)),
             none = (*reader)->search(SearchRequest::match(0));
  ASSERT_TRUE(all.ok() && few.ok() && none.ok());
  ASSERT_GT(all->size(), 4u);
  ASSERT_EQ(few->size(), 4u);
  EXPECT_TRUE(none->empty());
  for (std::size_t i = 0; i < few->size(); ++i) EXPECT_EQ((*few)[i].key, (*all)[i].key);
  EXPECT_EQ(*(*reader)->score(keys_of(*few), MatchSignal{}), std::vector<float>(4, 1));
}

// Every match counts, however many better rows lack the phrase.
TEST_P(StoreConformance, PhrasesAreFoundAmongThousandsOfOtherRows) {
  const auto store = open();
  NEEDS(store->info().text_conditions);
  std::vector<NewDocument> documents;
  for (int d = 0; d < 300; ++d)
    documents.push_back(document(
        "d" + std::to_string(d),
        std::vector<std::string>(10, d % 100 == 99 ? "pump the cold" : "the cold pump"), kDimension));
  ASSERT_STATUS_OK(store->upsert(documents));
  const std::vector<float> vector = unit_vector(3, kDimension);
  SearchRequest request = SearchRequest::dense(vector, 25);
  request.text.phrases = {"pump the"};
  EXPECT_EQ(store->search(request)->size(), 25u);
  request.k = 1000;
  EXPECT_EQ(store->search(request)->size(), 30u);
  request.text = {.without_phrases = {"the cold pump"}};
  EXPECT_EQ(store->search(request)->size(), 30u);
}

TEST_P(StoreConformance, TyposAndPrefixesFindOtherWordsWithLessWeight) {
  const auto store = open();
  NEEDS(store->info().guesses);
  ASSERT_STATUS_OK(store->upsert({document("1", {"The pump stops"}, kDimension),
                                  document("2", {"Pumpkins and ventilation"}, kDimension),
                                  document("3", {"ERR-4012 ventilations"}, kDimension),
                                  document("4",
                                           {"donn\xC3\xA9"
                                            "es r\xC3\xA9seau"},
                                           kDimension),
                                  document("5", {"other words"}, kDimension),
                                  document("6", {"\xD0\xBD\xD0\xB0\xD1\x81\xD0\xBE\xD1\x81"}, kDimension)}));
  const auto reader = open_reader(*store);
  using Ids = std::set<std::string>;
  const auto ids = [&](const LexicalSignal& signal) {
    const auto hits = (*reader)->search({signal, 10});
    EXPECT_TRUE(hits.ok()) << hits.status().to_string();
    return hits.ok() ? document_ids(**reader, *hits) : Ids();
  };
  const auto typos = [&](std::string_view text) { return ids({text, true, false}); };
  const auto prefix = [&](std::string_view text) { return ids({text, false, true}); };
  EXPECT_EQ(ids({"ventlation pumk"}), Ids()) << "only on request";
  EXPECT_EQ(typos("pumk"), (Ids{"1"}));
  EXPECT_EQ(typos("pmup"), (Ids{"1"})) << "neighbours exchanged";
  EXPECT_EQ(typos("VENTLATION"), (Ids{"2", "3"}));
  EXPECT_EQ(typos("ventltion"), (Ids{"2", "3"})) << "two edits of a long word";
  EXPECT_EQ(typos("punq"), Ids()) << "not of a short one";
  EXPECT_EQ(typos("tho"), Ids()) << "nor one of three letters";
  EXPECT_EQ(typos("4013 ERR-4013"), (Ids{"3"})) << "numbers are not corrected; err is known";
  EXPECT_EQ(typos("donnes reseaux"), (Ids{"4"}));
  EXPECT_EQ(typos("\xD0\xBD\xD0\xB0\xD1\x81\xD0\xBE\xD1\x82"), (Ids{"6"}));
  EXPECT_EQ(typos("pump"), (Ids{"1"})) << "a word that is known has no guesses";
  EXPECT_EQ(prefix("pum"), (Ids{"1", "2"}));
  EXPECT_EQ(prefix("pump"), (Ids{"1", "2"}));
  EXPECT_EQ(prefix("pum "), Ids()) << "the word is finished";
  EXPECT_EQ(prefix("pum other"), (Ids{"5"})) << "only the last word";
  EXPECT_EQ(prefix("p"), Ids());
  EXPECT_EQ(prefix("40"), (Ids{"3"}));
  EXPECT_EQ(prefix("ERR-40"), (Ids{"3"}));
  EXPECT_EQ(prefix("r\xC3\xA9s"), (Ids{"4"}));
  EXPECT_EQ(ids({"pumk vent", true, true}), (Ids{"1", "2", "3"}));
  const std::vector<WordGuess> guesses = {{"pumk", {"pump"}}, {"vent", {"ventilation"}}};
  EXPECT_EQ(*(*reader)->guesses({"pumk, stops Vent", true, true}), guesses);
  EXPECT_EQ(*(*reader)->guesses({"pumk vent"}), std::vector<WordGuess>()) << "only on request";

  const auto score = [&](const LexicalSignal& signal) {
    return (*reader)->search({signal, 1})->front().score;
  };
  const float exact = score({"pump"});
  EXPECT_NEAR(score({"pumk", true, false}), exact / 2, 1e-3 * exact);
  EXPECT_NEAR(score({"pump", true, true}), exact, 1e-3 * exact) << "the word itself comes first";
  const auto hits = (*reader)->search({LexicalSignal{"pump", true, true}, 10});
  ASSERT_EQ(hits->size(), 2u);
  const auto scores = (*reader)->score(keys_of(*hits), LexicalSignal{"pump", true, true});
  EXPECT_EQ((*scores)[1], (*hits)[1].score);
  EXPECT_EQ(*(*reader)->best_score(LexicalSignal{"pumk", true, true}),
            *(*reader)->best_score(LexicalSignal{"pumk"}));
}

// A text with some letters exchanged, left out or cut.
std::string random_typos(std::string text, std::mt19937& random) {
  for (unsigned n = random() % 4; n > 0 && text.size() > 4; --n) {
    const std::size_t at = random() % (text.size() - 1);
    const bool ascii = text[at] > ' ' && text[at + 1] > ' ';
    if (ascii && random() % 2 == 0) std::swap(text[at], text[at + 1]);
    if (ascii && random() % 2 == 0) text.erase(at, 1);
  }
  while (!text.empty() && (text.back() == ' ' || (random() % 3 != 0 && text.back() > ' '))) text.pop_back();
  return text;
}

TEST_P(StoreConformance, GuessesAreThoseOfTheNaiveTwin) {
  StoreAndTwin both(open(), kDimension);
  const StoreInfo info = both.store()->info();
  NEEDS(info.guesses);
  std::size_t more = 0;
  // Stores may go on to guess words of chunks that were removed, so nothing is.
  for (int step = 0; step < 5; ++step) {
    both.add(step);
    if (step == 3 && info.durability != Durability::kMemory) {
      both.store().reset();
      both.store() = open();
    }
    for (int q = 0; q < 25; ++q) {
      // Rare words are the ones that no chunk has, or that have no ending yet.
      const std::string words = q % 2 == 0 ? random_text(both.random()) : std::string();
      const std::string text = random_typos(words + rare_word(both.random()), both.random());
      SearchRequest request = SearchRequest::lexical(text, 1000, q % 3 == 0 ? both.some_filter() : Filter());
      const std::size_t plain = both.compare(request);
      request.signal = LexicalSignal{text, both.random()() % 2 == 0, both.random()() % 2 == 0};
      more += both.compare(request) - plain;
      both.compare_guesses(std::get<LexicalSignal>(request.signal));
    }
  }
  EXPECT_GT(more, 50u) << "guesses found nothing";
}

TEST_P(StoreConformance, WordsOfRemovedChunksAreNoGuesses) {
  const auto store = open();
  NEEDS(store->info().guesses);
  ASSERT_STATUS_OK(
      store->upsert({document("1", {"valves"}, kDimension), document("2", {"pump"}, kDimension)}));
  SearchRequest request = SearchRequest::lexical("valvse", 10);
  request.signal = LexicalSignal{"valvse", true, true};
  EXPECT_EQ(store->search(request)->size(), 1u);
  ASSERT_STATUS_OK(store->upsert({document("1", {"pump"}, kDimension)}));
  EXPECT_TRUE(store->search(request)->empty());
}

TEST_P(StoreConformance, BestScoreIsTheBm25OfEveryWordAndCountsUnknownOnesAsTheRarest) {
  const auto store = open();
  NEEDS(store->info().lexical);
  std::vector<NewDocument> documents;
  for (int i = 0; i < 10; ++i) {
    const std::string text = i == 0 ? "The pump stops with ERR-4012" : i < 4 ? "The pump" : "The motor";
    documents.push_back(document("d" + std::to_string(i), {text}, kDimension));
  }
  ASSERT_STATUS_OK(store->upsert(documents));
  const auto reader = open_reader(*store);
  const auto best = [&](std::string_view text) {
    const auto score = (*reader)->best_score(LexicalSignal{text});
    EXPECT_TRUE(score.ok()) << score.status().to_string();
    return score.ok() && *score ? **score : -1;
  };
  if (best("pump") < 0) GTEST_SKIP() << "this store does not know its best score";
  const auto idf = [](double with) { return std::log(1 + (10 - with + 0.5) / (with + 0.5)); };
  const double factor = 2.2;
  EXPECT_NEAR(best("pump"), factor * idf(4), 1e-5);
  EXPECT_NEAR(best("Pumps, PUMP pump!"), factor * idf(4), 1e-5);
  EXPECT_NEAR(best("pump motor"), factor * (idf(4) + idf(6)), 1e-5);
  EXPECT_NEAR(best("ERR-4012"), factor * 3 * idf(1), 1e-5) << "parts and whole";
  EXPECT_NEAR(best("ERR-9999"), factor * (idf(1) + 2 * idf(0)), 1e-5) << "no chunk has 9999";
  EXPECT_NEAR(best("zebra zebras pump"), factor * (idf(0) + idf(4)), 1e-5);
  EXPECT_EQ(best(" -- "), 0);
  const auto hits = lexical(**reader, "pump ERR-4012", 10);
  ASSERT_EQ(hits->size(), 4u);
  EXPECT_LT(hits->front().score, best("pump ERR-4012"));
  EXPECT_GT(hits->front().score, best("pump ERR-4012") * 0.4) << "each word once, in a short chunk";
  const std::vector<float> vector = unit_vector(1, kDimension);
  EXPECT_FALSE((*(*reader)->best_score(DenseSignal{vector})).has_value());
  EXPECT_FALSE((*(*reader)->best_score(SparseSignal{})).has_value());
}

TEST_P(StoreConformance, VectorsAreThoseThatWereStored) {
  const auto store = open();
  NEEDS(store->info().dense);
  std::vector<NewDocument> documents;
  for (int i = 0; i < 20; ++i)
    documents.push_back(document("d" + std::to_string(i), {"text", "other text"}, kDimension));
  for (int i = 0; i < 20; ++i)
    documents[static_cast<std::size_t>(i)].chunks[1].dense = unit_vector(100 + i, kDimension);
  ASSERT_STATUS_OK(store->upsert(documents));
  const auto reader = open_reader(*store);
  const std::vector<float> query = unit_vector(1, kDimension);
  const auto hits = (*reader)->search(SearchRequest::dense(query, 40));
  ASSERT_STATUS_OK(hits.status());
  const auto keys = keys_of(*hits);
  const auto vectors = (*reader)->vectors(keys);
  ASSERT_STATUS_OK(vectors.status());
  if (vectors->empty()) GTEST_SKIP() << "this store does not promise vectors";
  ASSERT_EQ(vectors->size(), 40u);
  const auto chunks = (*reader)->chunks(keys);
  for (std::size_t i = 0; i < 40; ++i) {
    const Chunk& chunk = (*chunks)[i];
    const auto stored = std::find_if(documents.begin(), documents.end(),
                                     [&](const NewDocument& d) { return d.id == chunk.document_id; });
    const std::vector<float>& expected = stored->chunks[chunk.index].dense;
    ASSERT_EQ((*vectors)[i].size(), expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) ASSERT_NEAR((*vectors)[i][k], expected[k], 1e-3);
  }
  EXPECT_FALSE((*reader)->vectors(std::vector{ChunkKey{"no key"}}).ok());
}

// As long as chunks are few, the sample has all of them.
TEST_P(StoreConformance, SampleHasMeanAndDeviationOfTheScores) {
  const auto store = open();
  NEEDS(store->info().dense);
  const std::vector<float> query = unit_vector(1, kDimension);
  const auto sample = [&] {
    const auto reader = open_reader(*store);
    return (*reader)->sample(DenseSignal{query});
  };
  ASSERT_STATUS_OK(sample().status());
  EXPECT_FALSE(*sample()) << "nothing is stored";
  std::vector<NewDocument> documents;
  for (int i = 0; i < 40; ++i)
    documents.push_back(document("d" + std::to_string(i), {"text " + std::to_string(i)}, kDimension));
  ASSERT_STATUS_OK(store->upsert(documents));
  const std::vector<std::string> gone{"d0", "d7", "d39"};
  ASSERT_STATUS_OK(store->remove(gone).status());
  const auto found = sample();
  ASSERT_STATUS_OK(found.status());
  if (!*found) GTEST_SKIP() << "this store does not promise a sample of scores";
  const auto reader = open_reader(*store);
  const auto hits = (*reader)->search(SearchRequest::dense(query, 100));
  ASSERT_EQ(hits->size(), 37u);
  double mean = 0, squares = 0;
  for (const Hit& hit : *hits) mean += hit.score / 37.0;
  for (const Hit& hit : *hits) squares += (hit.score - mean) * (hit.score - mean) / 37.0;
  EXPECT_EQ((*found)->chunks, 37u);
  EXPECT_EQ((*found)->of, 37u);
  EXPECT_NEAR((*found)->mean, mean, 1e-5);
  EXPECT_NEAR((*found)->deviation, std::sqrt(squares), 1e-5);
  EXPECT_FALSE(*(*reader)->sample(LexicalSignal{"text"}));
}

TEST_P(StoreConformance, SparseFindsChunksWithCommonTokens) {
  const auto store = open();
  NEEDS(store->info().sparse);
  std::vector<NewDocument> documents = {document("a", {"a"}, kDimension), document("b", {"b"}, kDimension),
                                        document("c", {"c"}, kDimension)};
  documents[0].chunks[0].sparse = {{0, 0.5f}, {7, 0.25f}};
  documents[1].chunks[0].sparse = {{7, 2}, {250'000, 0.125f}};
  documents[2].chunks[0].sparse = {};
  ASSERT_STATUS_OK(store->upsert(documents));
  const auto found = [&](const std::vector<TokenWeight>& weights, std::size_t k = 10) {
    return scored_ids(*store, SearchRequest::sparse(weights, k));
  };
  using Scored = std::vector<std::pair<float, std::string>>;
  EXPECT_EQ(found({{7, 1}}), (Scored{{2, "b_0"}, {0.25f, "a_0"}}));
  EXPECT_EQ(found({{0, 8}, {7, 1}}), (Scored{{4.25f, "a_0"}, {2, "b_0"}}));
  EXPECT_EQ(found({{0, 8}, {7, 1}}, 1), (Scored{{4.25f, "a_0"}}));
  EXPECT_EQ(found({{250'000, 1}, {4'000'000'000u, 9}}), (Scored{{0.125f, "b_0"}}));
  EXPECT_EQ(found({{8, 1}}), Scored());
  EXPECT_EQ(found({}), Scored());
  EXPECT_EQ(found({{7, 1}}, 0), Scored());
  for (const std::vector<TokenWeight>& wrong :
       {std::vector<TokenWeight>{{7, 1}, {7, 1}}, {{8, 1}, {7, 1}}, {{7, 0}}, {{7, -1}}, {{7, NAN}}})
    EXPECT_EQ(store->search(SearchRequest::sparse(wrong, 1)).status().code(), Code::kInvalidArgument);
}

// A search must not compare all of them, and answers all the same.
TEST_P(StoreConformance, SparseAnswersAmongThousandsOfEqualChunks) {
  const auto store = open();
  NEEDS(store->info().sparse);
  std::vector<NewDocument> documents;
  for (int d = 0; d < 100; ++d) {
    documents.push_back(document("d" + std::to_string(d), std::vector<std::string>(90, "same"), kDimension));
    for (NewChunk& chunk : documents.back().chunks) chunk.sparse = {{3, 0.5f}, {4, 0.3125f}};
  }
  documents[42].chunks[17].sparse = {{3, 0.5625f}};
  ASSERT_STATUS_OK(store->upsert(documents));
  const std::vector<TokenWeight> weights = {{3, 2}};
  const auto found = store->search(SearchRequest::sparse(weights, 20));
  ASSERT_TRUE(found.ok()) << found.status().to_string();
  ASSERT_EQ(found->size(), 20u);
  EXPECT_EQ((*found)[0].chunk.id, "d42_17");
  EXPECT_EQ((*found)[0].score, 1.125f);
  for (std::size_t i = 1; i < 20; ++i) EXPECT_EQ((*found)[i].score, 1);
}

// score() of all chunks that a search by vector found, against the searches by each signal.
TEST_P(StoreConformance, ScoresOfGivenChunksAreThoseOfSearches) {
  StoreAndTwin both(open(), kDimension);
  DocumentStore& store = *both.store();
  for (int step = 0; step < 4; ++step) both.change(step);
  const auto reader = open_reader(store);
  const std::vector<float> vector = unit_vector(5, kDimension);
  std::vector<ChunkKey> keys = keys_of(*dense(**reader, vector, 1000, Filter::all()));
  ASSERT_GT(keys.size(), 30u);
  std::shuffle(keys.begin(), keys.end(), both.random());
  keys.push_back(keys.front());
  const std::string text = "otters swimming loutre H\xC3\xA4user";
  const std::vector<TokenWeight> weights = {{1, 0.5f}, {300, 2}};
  std::vector<SearchSignal> signals = {DenseSignal{vector}};
  if (store.info().lexical) signals.push_back(LexicalSignal{text});
  if (store.info().sparse) signals.push_back(SparseSignal{weights});
  for (const SearchSignal& signal : signals) {
    std::unordered_map<ChunkKey, float> expected;
    const auto hits = (*reader)->search({signal, 1000, {}});
    for (const Hit& hit : *hits) expected[hit.key] = hit.score;
    const auto scores = (*reader)->score(keys, signal);
    ASSERT_TRUE(scores.ok()) << scores.status().to_string();
    ASSERT_EQ(scores->size(), keys.size());
    std::size_t zeros = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ((*scores)[i], expected.contains(keys[i]) ? expected[keys[i]] : 0);
      zeros += (*scores)[i] == 0 ? 1 : 0;
    }
    EXPECT_EQ(zeros > 0, signal.index() != 0) << "some chunks have nothing in common";
    EXPECT_TRUE((*reader)->score({}, signal)->empty());
    EXPECT_FALSE((*reader)->score(std::vector{ChunkKey{"no key"}}, signal).ok());
  }
  const std::vector<TokenWeight> wrong = {{2, 1}, {1, 1}};
  EXPECT_EQ((*reader)->score(keys, SparseSignal{wrong}).status().code(),
            store.info().sparse ? Code::kInvalidArgument : Code::kUnsupported);
  EXPECT_EQ((*reader)->score(keys, DenseSignal{}).status().code(), Code::kInvalidArgument);
}

TEST_P(StoreConformance, FiltersEqualTheNaiveTwin) {
  const auto store = open();
  NEEDS(store->info().filters);
  std::mt19937 random(7);
  Twin twin;
  std::vector<NewDocument> documents;
  for (int i = 0; i < 60; ++i)
    documents.push_back(
        document("d" + std::to_string(i), {"common a", "common b"}, kDimension, random_metadata(random)));
  ASSERT_STATUS_OK(store->upsert(documents));
  apply_to(twin, documents);
  const auto reader = open_reader(*store);
  std::size_t proper = 0;  // filters that match some but not all
  for (int i = 0; i < 400; ++i) {
    const Filter filter = random_filter(random);
    std::set<std::string> expected;
    for (const auto& [id, d] : twin)
      if (matches(filter, id, d.metadata)) expected.insert(id);
    proper += !expected.empty() && expected.size() < twin.size();
    const auto page = store->list(filter, 0, 100);
    ASSERT_TRUE(page.ok()) << page.status().to_string();
    std::set<std::string> listed;
    for (const auto& d : page->documents) listed.insert(d.id);
    EXPECT_EQ(listed, expected);
    EXPECT_EQ(page->total, static_cast<std::int64_t>(expected.size()));
    const auto nearest = dense(**reader, unit_vector(1, kDimension), 1000, filter);
    ASSERT_TRUE(nearest.ok()) << nearest.status().to_string();
    EXPECT_EQ(nearest->size(), 2 * expected.size());
    EXPECT_EQ(document_ids(**reader, *nearest), expected);
    if (!store->info().lexical) continue;
    const auto words = lexical(**reader, "common", 1000, filter);
    ASSERT_TRUE(words.ok()) << words.status().to_string();
    EXPECT_EQ(words->size(), 2 * expected.size());
    EXPECT_EQ(document_ids(**reader, *words), expected);
  }
  EXPECT_GT(proper, 100u);
  std::vector<Filter> too_many(10000, Filter::equals("author", "x"));
  EXPECT_EQ(store->list(Filter::both_of(too_many), 0, 1).status().code(), Code::kInvalidArgument);
}

TEST_P(StoreConformance, SearchReturnsChunksWithScores) {
  const auto store = open();
  const std::vector<NewDocument> documents = {document("a", {"one", "two"}, kDimension),
                                              document("b", {"three"}, kDimension)};
  ASSERT_STATUS_OK(store->upsert(documents));
  const auto found = store->search(SearchRequest::dense(documents[0].chunks[1].dense, 2));
  ASSERT_TRUE(found.ok()) << found.status().to_string();
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->front().chunk.id, "a_1");
  EXPECT_EQ(found->front().chunk.text, "two");
  EXPECT_NEAR(found->front().score, 1, kScoreTolerance);
  EXPECT_GE(found->front().score, found->back().score);
  EXPECT_TRUE(store->search(SearchRequest::dense(documents[0].chunks[1].dense, 0))->empty());
}

}  // namespace
}  // namespace rappel
