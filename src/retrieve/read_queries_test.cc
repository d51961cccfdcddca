// Queries with syntax, typos and unfinished words, from their text to the answer.
#include "retrieve/read_queries.h"

#include <gtest/gtest.h>

#include <set>

#include "retrieve/test_shaped_queries.h"
#include "retrieve/why.h"

namespace rappel {
namespace {

StoreInfo able() { return {.kind = "test", .guesses = true, .text_conditions = true}; }

QueryInput read(const std::string& text, StoreInfo store = able()) {
  const QueryInput query{.text = text, .filter = Filter::equals("url", std::string("u")), .syntax = true};
  auto read = read_queries({&query, 1}, store);
  EXPECT_TRUE(read.ok()) << read.status().to_string();
  return read.ok() ? (*read)[0] : QueryInput();
}

Status refusal(const std::string& text, StoreInfo store = able()) {
  const QueryInput query{.text = text, .syntax = true};
  return read_queries({&query, 1}, store).status();
}

TEST(ReadQueries, ConditionsLeaveTheWords) {
  const QueryInput query = read("why \"cold pump\" -valve -\"night shift\" author:Al stops?");
  EXPECT_EQ(query.text.find_first_of("\":"), std::string::npos) << query.text;
  EXPECT_NE(query.text.find("cold pump"), std::string::npos);
  EXPECT_EQ(query.text.find("valve"), std::string::npos);
  const TextConditions conditions{{"cold pump"}, {"night shift"}, {"valve"}};
  EXPECT_EQ(conditions_of(query), conditions);
  EXPECT_EQ(query.filter, Filter::both_of({Filter::equals("url", std::string("u")),
                                           Filter::equals("author", std::string("Al"))}));
  EXPECT_EQ(written_text(query), "why \"cold pump\" -valve -\"night shift\" author:Al stops?");
  EXPECT_FALSE(has_only_conditions(query));
}

TEST(ReadQueries, PlainTextStays) {
  for (const char* text : {"pump", "ERR-4012 at 12:30", "Note:this", "http://x", "5\" pipe", "- \"", ""}) {
    const QueryInput query = read(text);
    EXPECT_EQ(query.text, text);
    EXPECT_TRUE(query.reading->empty()) << text;
    EXPECT_FALSE(has_only_conditions(query)) << text;
  }
  const QueryInput plain{.text = "\"cold pump\" -valve"};
  const auto read = read_queries({&plain, 1}, able());
  EXPECT_EQ((*read)[0].text, plain.text) << "only on request";
  EXPECT_FALSE((*read)[0].reading);
}

TEST(ReadQueries, ReadingTwiceChangesNothing) {
  const QueryInput once = read("a \"b c\" -d author:Al");
  const auto twice = read_queries({&once, 1}, able());
  EXPECT_EQ((*twice)[0].text, once.text);
  EXPECT_EQ((*twice)[0].filter, once.filter);
  EXPECT_EQ((*twice)[0].reading, once.reading);
}

TEST(ReadQueries, FieldsAreThoseOfFilters) {
  const auto field = [](const std::string& text) { return read(text).filter.children.at(1); };
  EXPECT_EQ(field("Source:file"), Filter::equals("source", std::string("file"))) << "names in any case";
  EXPECT_EQ(field("document_id:d1"), Filter::document("d1"));
  EXPECT_EQ(field("filesize:12"), Filter::equals("filesize", std::int64_t{12}));
  EXPECT_EQ(field("team:\"red\""), Filter::equals("team", std::string("red")));
  EXPECT_EQ(field("year:\"2020\""), Filter::any_of("year", {std::int64_t{2020}, std::string("2020")}));
  EXPECT_EQ(field("-author:Al"), Filter::negation(Filter::equals("author", std::string("Al"))));
  EXPECT_EQ(field("start_date:2024-05-06"), Filter::created_at_or_after(1714953600));
}

TEST(ReadQueries, ValuesThatAFieldCannotHaveAreErrors) {
  for (const char* text : {"source:paper", "filesize:big", "start_date:soon"}) {
    const Status status = refusal(text);
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << text;
    EXPECT_NE(status.message().find("in quotes"), std::string::npos) << status.message();
  }
  std::string many;
  for (std::size_t i = 0; i <= kMaxFilterConditions; ++i) many += "-a ";
  EXPECT_EQ(refusal(many).code(), Code::kInvalidArgument);
}

TEST(ReadQueries, StoresThatCannotAreNamed) {
  StoreInfo store = able();
  store.text_conditions = false;
  EXPECT_EQ(refusal("\"a b\"", store).code(), Code::kUnsupported);
  EXPECT_TRUE(refusal("author:Al pump", store).ok());
  store.guesses = false;
  const QueryInput query{.text = "pump", .prefix = true};
  EXPECT_EQ(read_queries({&query, 1}, store).status().code(), Code::kUnsupported);
}

class QueriesWithSyntax : public ShapedQueries {
 protected:
  QueriesWithSyntax() { options_.mode = SearchMode::kHybrid; }

  QueryInput syntax(const std::string& text) { return {.text = text, .top_k = 10, .syntax = true}; }
  std::string found(const std::string& text) { return ids(ask(syntax(text))); }
  std::set<std::string> found_in_any_order(const QueryInput& query) {
    std::set<std::string> found;
    for (const ScoredChunk& result : ask(query).results) found.insert(result.chunk.id);
    return found;
  }
};

TEST_F(QueriesWithSyntax, EverySignalObeysTheConditions) {
  store({{"a", {"the cold pump stops", "a pump that is cold", "the motor"}}, {"b", {"cold pumps at night"}}});
  EXPECT_EQ(found("\"cold pump\""), "a_0 ");
  for (const SearchMode mode : {SearchMode::kDense, SearchMode::kLexical, SearchMode::kHybrid,
                                SearchMode::kMinMax, SearchMode::kRrf}) {
    QueryInput query = syntax("cold -night");
    query.mode = mode;
    const auto expected = mode == SearchMode::kLexical ? std::set<std::string>{"a_0", "a_1"}
                                                       : std::set<std::string>{"a_0", "a_1", "a_2"};
    EXPECT_EQ(found_in_any_order(query), expected) << info_of(mode).name;
    query.text = "motor \"cold pump\" -\"pump stops\"";
    EXPECT_TRUE(ask(query).results.empty()) << info_of(mode).name;
  }
  QueryInput query = syntax("cold \"the motor\"");
  query.shape.collapse = true;
  EXPECT_EQ(ids(ask(query)), "a_2 ");
}

TEST_F(QueriesWithSyntax, OnlyConditionsFindAllThatFulfilThem) {
  std::vector<NewDocument> made = documents({{"a", {"one pump", "two"}}, {"b", {"three pumps"}}});
  made[0].metadata.author = "Al";
  ASSERT_TRUE(store_.upsert(std::move(made)).ok());
  for (const SearchModeInfo& mode : search_modes()) {
    QueryInput query = syntax("author:Al");
    query.mode = mode.mode;
    query.min_score = 0.9;
    const QueryOutput output = ask(query);
    EXPECT_EQ(ids(output), "a_0 a_1 ") << mode.name;
    EXPECT_TRUE(output.answerable) << "they have all that was asked for";
    query.text = "-pump";
    EXPECT_EQ(ids(ask(query)), "a_1 ") << mode.name;
    query.text = "-\"one pump\" -author:Bo";
    query.shape.collapse = true;
    EXPECT_EQ(ids(ask(query)), "a_1 b_0 ") << mode.name;
  }
  EXPECT_EQ(embedder_.calls, 0) << "no words, no vector";
}

TEST_F(QueriesWithSyntax, ModelsSeeTheWordsAlone) {
  store({{"a", {"cold pump"}}, {"b", {"warm motor"}}});
  embedder_.vectors["cold pump"] = {0, 1};
  TestReranker reranker;
  std::set<std::string> read;
  reranker.score = [&](const std::string& query, const std::string&) {
    read.insert(query);
    return 0.5;
  };
  const QueryParts parts{
      .store = store_, .embedder = embedder_, .scales = scales_, .reranker = &reranker, .options = options_};
  const QueryInput queries[] = {syntax("\"cold pump\" -warm"), syntax("-warm")};
  const auto outputs = answer_queries(parts, queries, {});
  ASSERT_TRUE(outputs.ok()) << outputs.status().to_string();
  EXPECT_EQ(read, std::set<std::string>{"cold pump"});
  EXPECT_EQ((*outputs)[0].query, queries[0].text) << "the answer repeats the question as it was written";
  EXPECT_TRUE((*outputs)[0].reranked);
  EXPECT_FALSE((*outputs)[1].reranked || (*outputs)[1].rerank_lacking);
}

TEST_F(QueriesWithSyntax, TyposAndPrefixWidenTheWords) {
  store({{"a", {"the pump stops"}}, {"b", {"ventilation"}}, {"c", {"other"}}});
  QueryInput query{.text = "pumk vent", .top_k = 10, .mode = SearchMode::kLexical, .explain = true};
  EXPECT_EQ(ids(ask(query)), "");
  query.typos = true;
  EXPECT_EQ(ids(ask(query)), "a_0 ");
  query.prefix = true;
  query.shape.highlights = true;
  const QueryOutput output = ask(query);
  EXPECT_EQ(found_in_any_order(query), (std::set<std::string>{"a_0", "b_0"}));
  const std::vector<WordGuess> guesses = {{"pumk", {"pump"}}, {"vent", {"ventilation"}}};
  EXPECT_EQ(output.explanation->guesses, guesses);
  for (const ScoredChunk& result : output.results)
    EXPECT_EQ(result.highlights.size(), 1u) << "the guess is marked in " << result.chunk.text;
  query.mode = SearchMode::kDense;
  EXPECT_TRUE(ask(query).explanation->guesses.empty()) << "no signal of words";
}

TEST_F(QueriesWithSyntax, ExplanationSaysWhatWasRead) {
  store({{"a", {"cold pump"}}});
  QueryInput query = syntax("cold \"pump\" -motor");
  query.explain = true;
  const auto explained = ask(query).explanation;
  ASSERT_TRUE(explained && explained->reading);
  EXPECT_EQ(explained->reading->conditions, (TextConditions{{"pump"}, {}, {"motor"}}));
  query.text = "-motor";
  const auto match = ask(query).explanation;
  ASSERT_EQ(match->signals.size(), 1u);
  EXPECT_EQ(match->signals[0].signal, "match");
  EXPECT_EQ(match->signals[0].weight, 1);
}

TEST_F(QueriesWithSyntax, PagesBelongToTheirConditions) {
  store({{"a", {"pump one", "pump two", "pump three", "motor"}}});
  QueryInput query = syntax("pump -motor");
  query.top_k = 2;
  query.cursor = kFirstPage;
  const QueryOutput first = ask(query);
  query.cursor = first.next;
  const QueryOutput second = ask(query);
  EXPECT_EQ(first.results.size() + second.results.size(), 3u);
  EXPECT_EQ(second.next, "");
  EXPECT_EQ(second.query, "pump -motor");
  query.text = "pump -three";
  EXPECT_EQ(try_ask(query).status().code(), Code::kInvalidArgument);
  query.text = "pump -motor";
  query.syntax = false;
  EXPECT_EQ(try_ask(query).status().code(), Code::kInvalidArgument);
}

TEST_F(QueriesWithSyntax, WhyNamesTheCondition) {
  store({{"a", {"the cold pump", "a warm motor"}}, {"b", {"a cold motor"}}});
  const QueryParts parts{
      .store = store_, .embedder = embedder_, .scales = scales_, .options = options_, .pages = &pages_};
  const auto why_not = [&](const std::string& text, const char* id) {
    const auto answer = why(parts, {syntax(text), id}, {});
    EXPECT_TRUE(answer.ok()) << answer.status().to_string();
    return std::string(why_name(answer->reason)) + " " + condition_text(*answer);
  };
  EXPECT_EQ(why_not("\"cold pump\" motor", "a"), "in-answer ");
  EXPECT_EQ(why_not("\"cold pump\" motor", "b"), "text-condition \"cold pump\"");
  EXPECT_EQ(why_not("cold -motor", "b"), "text-condition -motor");
  EXPECT_EQ(why_not("-\"cold motor\"", "b"), "text-condition -\"cold motor\"");
  EXPECT_EQ(why_not("\"cold\" \"motor\"", "a"), "text-condition \"cold\" \"motor\"")
      << "each is in a chunk, both are in none";
  EXPECT_EQ(why_not("-pump author:Al", "a"), "filtered author eq \"Al\"");
}

}  // namespace
}  // namespace rappel
