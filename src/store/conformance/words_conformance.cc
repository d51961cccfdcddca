// Conditions on the words of a text, and guesses of words that no chunk has, against their naive twin.
#include <algorithm>

#include "store/conformance/store_conformance.h"
#include "store/conformance/test_store_and_twin.h"

namespace rappel {
namespace {

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

}  // namespace
}  // namespace rappel
