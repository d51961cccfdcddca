// Messages of both eras, without a transport, around a store of three documents.
#include "server/mcp/service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "embed/test_embedder.h"
#include "server/mcp/text.h"
#include "store/conformance/test_store.h"

namespace rappel::mcp {
namespace {

constexpr char kModernMeta[] = R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                               R"("io.modelcontextprotocol/clientCapabilities":{}})";

std::string message(const std::string& method, const std::string& params = "{}") {
  return R"({"jsonrpc":"2.0","id":7,"method":")" + method + R"(","params":)" + params + "}";
}
std::string modern(const std::string& method, const std::string& members = "") {
  return message(method, "{" + members + (members.empty() ? "" : ",") + kModernMeta + "}");
}

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    Metadata named{.source = "email", .created_at = *Timestamp::parse("2025-03-01"), .author = "Ann Lee"};
    named.url = "https://example.org/paris";
    add("doc-1", "Paris is the capital of France.", std::move(named));
    add("doc-2", "Berlin is the capital of Germany.", {.source = "file", .filename = "notes/berlin.md"});
    add("doc/3", "Bread is baked from flour.", {.source = "chat"});
    caller_ = {.core = core_.get(), .explain = [](const Status& failure) { return failure.message(); }};
  }
  void add(const std::string& id, const std::string& text, Metadata metadata) {
    ASSERT_TRUE(core_->upsert({{id, text, std::move(metadata)}}, {}).ok());
  }
  Answer ask(const std::string& text) { return service_.handle(text, nullptr, caller_); }
  Answer ask(const std::string& text, const MessageHeaders& headers) {
    return service_.handle(text, &headers, caller_);
  }
  Json result(const std::string& text) {
    const Answer answer = ask(text);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.message && answer.message->contains("result")) << dump_json(*answer.message);
    return (*answer.message)["result"];
  }
  int error_code(const Answer& answer) {
    EXPECT_TRUE(answer.message && answer.message->contains("error"));
    return (*answer.message)["error"]["code"].get<int>();
  }
  // A tool's result: structuredContent, which equals the JSON in its only content.
  Json tool(const std::string& name, const std::string& arguments) {
    const Json got =
        result(message("tools/call", R"({"name":")" + name + R"(","arguments":)" + arguments + "}"));
    EXPECT_EQ(got["isError"], false) << dump_json(got);
    EXPECT_EQ(got["content"].size(), 1u);
    EXPECT_EQ(*parse_json(got["content"][0]["text"].get<std::string>()), got["structuredContent"]);
    return got["structuredContent"];
  }
  std::string tool_error(const std::string& name, const std::string& arguments) {
    const Json got =
        result(message("tools/call", R"({"name":")" + name + R"(","arguments":)" + arguments + "}"));
    EXPECT_EQ(got["isError"], true) << dump_json(got);
    EXPECT_FALSE(got.contains("structuredContent"));
    return got["content"][0]["text"].get<std::string>();
  }
  static std::vector<std::string> ids_of(const Json& list) {
    std::vector<std::string> ids;
    for (const Json& one : list) ids.push_back(one["id"].get<std::string>());
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  TestStore store_{2};
  TestEmbedder embedder_{2};
  Retrieval retrieval_{store_, embedder_, nullptr, {.chunk = {.min_document = 1}}, nullptr};
  std::unique_ptr<Core> core_ = retrieval_core(retrieval_);
  Service service_{"1.2.3"};
  Caller caller_;
};

using Ids = std::vector<std::string>;

TEST_F(ServiceTest, InitializeEchoesAKnownVersionAndOffersItsNewest) {
  for (const char* version : {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}) {
    const Json got = result(message("initialize", R"({"protocolVersion":")" + std::string(version) + "\"}"));
    EXPECT_EQ(got["protocolVersion"], version);
    EXPECT_EQ(dump_json(got["capabilities"]), R"({"tools":{},"resources":{},"prompts":{}})");
    EXPECT_EQ(dump_json(got["serverInfo"]), R"({"name":"rappel","version":"1.2.3"})");
  }
  EXPECT_EQ(result(message("initialize", R"({"protocolVersion":"1999-01-01"})"))["protocolVersion"],
            "2025-11-25");
  EXPECT_EQ(result(message("initialize"))["protocolVersion"], "2025-11-25");
}

TEST_F(ServiceTest, LegacyNotificationsPingAndUnknownMethods) {
  const Answer notified = ask(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  EXPECT_EQ(notified.status, 202);
  EXPECT_FALSE(notified.message);
  EXPECT_EQ(dump_json(result(message("ping"))), "{}");
  const Answer unknown = ask(message("no/such"));
  EXPECT_EQ(unknown.status, 200);
  EXPECT_EQ(error_code(unknown), kMethodNotFound);
  EXPECT_EQ((*unknown.message)["id"], 7);
}

TEST_F(ServiceTest, ModernDiscoverAndRemovedMethods) {
  const Json got = result(modern("server/discover"));
  EXPECT_EQ(got.begin().key(), "resultType");
  EXPECT_EQ(dump_json(got["supportedVersions"]), R"(["2026-07-28"])");
  EXPECT_GE(got["ttlMs"].get<int>(), 0);
  EXPECT_EQ(got["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "rappel");
  for (const char* method : {"no/such", "initialize", "ping", "logging/setLevel", "resources/subscribe"}) {
    const Answer answer = ask(modern(method));
    EXPECT_EQ(answer.status, 404) << method;
    EXPECT_EQ(error_code(answer), kMethodNotFound);
  }
  EXPECT_EQ(error_code(ask(message("server/discover"))), kInvalidParams) << "without _meta";
}

TEST_F(ServiceTest, ModernListsSayHowLongTheyHold) {
  for (const char* method : {"tools/list", "resources/list", "resources/templates/list", "prompts/list"}) {
    const Json got = result(modern(method));
    EXPECT_EQ(got["resultType"], "complete") << method;
    EXPECT_TRUE(got["ttlMs"].is_number_integer()) << method;
    EXPECT_EQ(got["cacheScope"], "private") << method;
    EXPECT_FALSE(result(message(method)).contains("ttlMs")) << method;
  }
  EXPECT_TRUE(result(modern("resources/read", R"("uri":"rappel://doc/doc-1")")).contains("ttlMs"));
  const Json call = result(modern("tools/call", R"("name":"search","arguments":{"query":"x"})"));
  EXPECT_EQ(call["resultType"], "complete");
  EXPECT_FALSE(call.contains("ttlMs"));
}

TEST_F(ServiceTest, ModernHeadersMustAgreeWithTheMessage) {
  const std::string call = modern("tools/call", R"("name":"search","arguments":{"query":"x"})");
  EXPECT_EQ(ask(call, {"2026-07-28", "tools/call", "search"}).status, 200);
  EXPECT_EQ(ask(call, {"2026-07-28", "tools/call", " =?base64?c2VhcmNo?= "}).status, 200);
  const std::vector<MessageHeaders> wrong = {{"2025-11-25", "tools/call", "search"},
                                             {"", "tools/call", "search"},
                                             {"2026-07-28", "tools/list", "search"},
                                             {"2026-07-28", "", "search"},
                                             {"2026-07-28", "tools/call", ""},
                                             {"2026-07-28", "tools/call", "Search"},
                                             {"2026-07-28", "tools/call", "=?base64?c2VhcmNo"},
                                             {"2026-07-28", "tools/call", "=?base64?c2V?="},
                                             {"2026-07-28", "tools/call", "=?base64?****?="}};
  for (const MessageHeaders& headers : wrong) {
    const Answer answer = ask(call, headers);
    EXPECT_EQ(answer.status, 400) << headers.version << headers.method << headers.name;
    EXPECT_EQ(error_code(answer), kHeaderMismatch) << headers.version << headers.method << headers.name;
    EXPECT_EQ((*answer.message)["id"], 7);
  }
}

TEST_F(ServiceTest, VersionsThatNobodyKnowsAreRefused) {
  std::string meta = modern("server/discover");
  meta.replace(meta.find("2026-07-28"), 10, "2099-01-01");
  const Answer modern_one = ask(meta, {"2099-01-01", "server/discover", ""});
  EXPECT_EQ(modern_one.status, 400);
  EXPECT_EQ(error_code(modern_one), kUnsupportedVersion);
  EXPECT_EQ(dump_json((*modern_one.message)["error"]["data"]),
            R"({"supported":["2026-07-28"],"requested":"2099-01-01"})");
  EXPECT_EQ(ask(message("tools/list"), {"1999-01-01", "", ""}).status, 400);
  EXPECT_EQ(ask(message("tools/list"), {"2025-06-18", "", ""}).status, 200);
}

TEST_F(ServiceTest, BrokenMessagesAreRefusedWithTheirId) {
  const Answer broken = ask("{");
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(error_code(broken), kParseError);
  EXPECT_TRUE((*broken.message)["id"].is_null());
  EXPECT_EQ(error_code(ask("7")), kInvalidRequest);
  EXPECT_EQ(error_code(ask(R"({"id":7,"method":"ping"})")), kInvalidRequest);
  EXPECT_EQ(error_code(ask(R"({"jsonrpc":"2.0","id":{},"method":"ping"})")), kInvalidRequest);
  const Answer list = ask(message("ping", "[1]"));
  EXPECT_EQ(error_code(list), kInvalidParams);
  EXPECT_EQ((*list.message)["id"], 7);
}

TEST_F(ServiceTest, BatchesExistInOneVersion) {
  const std::string two =
      "[" + message("ping") + R"(,{"jsonrpc":"2.0","method":"notifications/x"},)" + message("no/such") + "]";
  const Answer answer = ask(two, {"2025-03-26", "", ""});
  EXPECT_EQ(answer.status, 200);
  ASSERT_EQ(answer.message->size(), 2u);
  EXPECT_TRUE((*answer.message)[0].contains("result"));
  EXPECT_TRUE((*answer.message)[1].contains("error"));
  EXPECT_EQ(ask(two, {"2025-06-18", "", ""}).status, 400);
  EXPECT_EQ(ask("[]", {"", "", ""}).status, 400);
  EXPECT_EQ(ask(R"([{"jsonrpc":"2.0","method":"notifications/x"}])", {"", "", ""}).status, 202);
}

TEST_F(ServiceTest, SearchAndFetchAreFirstAndTakeOneTextEach) {
  const Json tools = result(message("tools/list"))["tools"];
  ASSERT_EQ(tools.size(), 3u);
  const std::vector<std::pair<std::string, std::string>> wanted = {{"search", "query"}, {"fetch", "id"}};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(tools[i]["name"], wanted[i].first);
    EXPECT_EQ(tools[i]["inputSchema"]["required"], Json::array({wanted[i].second}));
    EXPECT_EQ(tools[i]["annotations"]["readOnlyHint"], true);
    EXPECT_TRUE(tools[i].contains("outputSchema"));
  }
  EXPECT_EQ(tools[2]["name"], "list");
}

TEST_F(ServiceTest, SearchReturnsOneResultForEachDocument) {
  caller_.base_url = "https://docs.example.org";
  const Json got = tool("search", R"({"query":"capital of France"})");
  EXPECT_EQ(ids_of(got["results"]), (Ids{"doc-1", "doc-2", "doc/3"}));
  for (const Json& one : got["results"]) {
    EXPECT_EQ(one.size(), 3u) << dump_json(one);
    if (one["id"] == "doc-1") {
      EXPECT_EQ(one["title"], "Paris is the capital of France.") << "the first words";
      EXPECT_EQ(one["url"], "https://example.org/paris");
    } else if (one["id"] == "doc-2") {
      EXPECT_EQ(one["title"], "berlin.md") << "the name of the file";
      EXPECT_EQ(one["url"], "https://docs.example.org/d/doc-2");
    } else {
      EXPECT_EQ(one["url"], "https://docs.example.org/d/doc%2F3");
    }
  }
  const Json with = tool("search", R"({"query":"bread source:chat","passages":true})");
  EXPECT_EQ(with["results"][0]["text"], "Bread is baked from flour.");
}

TEST_F(ServiceTest, ConditionsInTheQueryRestrictTheDocuments) {
  const auto found = [&](const std::string& query) {
    return ids_of(tool("search", dump_json(Json{{"query", query}}))["results"]);
  };
  EXPECT_EQ(found("capital source:email"), Ids{"doc-1"});
  EXPECT_EQ(found("SOURCE:email capital source:chat"), (Ids{"doc-1", "doc/3"}));
  EXPECT_EQ(found(R"(author:"Ann Lee" capital)"), Ids{"doc-1"});
  EXPECT_EQ(found("capital after:2025-03-01 before:2025-03-02"), Ids{"doc-1"});
  EXPECT_EQ(found("capital before:2025-03-01"), Ids{});
  EXPECT_EQ(found("source: email resource:chat").size(), 3u) << "words, not conditions";
  EXPECT_NE(tool_error("search", R"({"query":"x source:letter"})").find("expected email, file or chat"),
            std::string::npos);
  EXPECT_NE(tool_error("search", R"({"query":"x after:tomorrow"})").find("after:tomorrow"),
            std::string::npos);
  EXPECT_NE(tool_error("search", R"({"query":"source:chat"})").find("no words"), std::string::npos);
}

TEST_F(ServiceTest, SearchGivesFurtherPages) {
  for (int i = 0; i < 15; ++i) add("more-" + std::to_string(i), "One more text about capitals.", {});
  const Json first = tool("search", R"({"query":"capital"})");
  EXPECT_EQ(first["results"].size(), 10u);
  const Json second = tool("search", dump_json(Json{{"query", "capital"}, {"cursor", first["next_cursor"]}}));
  EXPECT_EQ(second["results"].size(), 8u);
  EXPECT_FALSE(second.contains("next_cursor"));
  auto all = ids_of(first["results"]), rest = ids_of(second["results"]);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size() +
                std::set<std::string>(rest.begin(), rest.end()).size(),
            18u);
  tool_error("search", R"({"query":"capital","cursor":"none"})");
}

TEST_F(ServiceTest, FetchReturnsTheDocument) {
  const Json got = tool("fetch", R"({"id":"doc-1"})");
  EXPECT_EQ(dump_json(got),
            R"({"id":"doc-1","title":"Paris is the capital of France.","text":"Paris is the capital of )"
            R"(France.","url":"https://example.org/paris","metadata":{"source":"email","created_at":)"
            R"("2025-03-01","author":"Ann Lee"}})");
  EXPECT_EQ(tool("fetch", R"({"id":"doc/3"})")["url"], "rappel://doc/doc%2F3") << "without an address";
}

// Texts full of quotes and line ends are four times as long in an answer.
TEST_F(ServiceTest, LongDocumentComesInPartsBelowTheLimitOfClients) {
  std::string text;
  for (int i = 0; i < 9000; ++i) text += "\"zitat\" nummer " + std::to_string(i) + (i % 3 == 0 ? "\nä" : " ");
  add("long", text, {});
  std::string joined, cursor;
  int parts = 0;
  do {
    Json arguments = {{"id", "long"}};
    if (!cursor.empty()) arguments["cursor"] = cursor;
    const Json params = {{"name", "fetch"}, {"arguments", arguments}};
    const Answer answer = ask(message("tools/call", dump_json(params)));
    EXPECT_LT(dump_json(*answer.message).size(), 100'000u);
    const Json part = (*answer.message)["result"]["structuredContent"];
    joined += part["text"].get<std::string>();
    cursor = part.contains("next_cursor") ? part["next_cursor"].get<std::string>() : "";
    ASSERT_LT(++parts, 50);
  } while (!cursor.empty());
  EXPECT_GT(parts, 2);
  const auto words = [](std::string all) {  // the store does not keep the white space between chunks
    std::replace(all.begin(), all.end(), '\n', ' ');
    return all.substr(0, all.find_last_not_of(' ') + 1);
  };
  EXPECT_EQ(words(joined), words(text));
}

TEST_F(ServiceTest, BadArgumentsAreResultsNotErrors) {
  EXPECT_EQ(tool_error("search", "{}"), "search needs a non-empty string argument: query");
  EXPECT_EQ(tool_error("search", R"({"query":7})"), "search needs a non-empty string argument: query");
  EXPECT_EQ(tool_error("fetch", R"({"id":""})"), "fetch needs a non-empty string argument: id");
  EXPECT_EQ(tool_error("fetch", R"({"id":"no\nsuch"})"),
            R"(no document has the id 'no\nsuch'; use an id that search or list returned)");
  tool_error("fetch", R"({"id":"doc-1","cursor":"-1"})");
  tool_error("fetch", R"({"id":"doc-1","cursor":7})");
  tool_error("list", R"({"filter":"plain words"})");
  tool_error("search", "[1]");
  EXPECT_EQ(error_code(ask(message("tools/call", R"({"name":"nope","arguments":{}})"))), kInvalidParams);
  EXPECT_EQ(error_code(ask(message("tools/call", "{}"))), kInvalidParams);
}

TEST_F(ServiceTest, ListShowsDocumentsPageByPage) {
  const Json got = tool("list", "{}");
  EXPECT_EQ(got["total"], 3);
  EXPECT_EQ(ids_of(got["documents"]), (Ids{"doc-1", "doc-2", "doc/3"}));
  EXPECT_EQ(got["documents"][0]["metadata"]["author"], "Ann Lee");
  EXPECT_EQ(ids_of(tool("list", R"({"filter":"source:chat"})")["documents"]), Ids{"doc/3"});
  for (int i = 0; i < 60; ++i) add("more-" + std::to_string(i), "One more text.", {});
  const Json first = tool("list", "{}");
  EXPECT_EQ(first["documents"].size(), 50u);
  EXPECT_EQ(first["next_cursor"], "50");
  const Json second = tool("list", R"({"cursor":"50"})");
  EXPECT_EQ(second["documents"].size(), 13u);
  EXPECT_FALSE(second.contains("next_cursor"));
}

TEST_F(ServiceTest, LargeMetadataDoesNotMakeLargeAnswers) {
  for (int i = 0; i < 40; ++i) {
    Metadata metadata;
    for (int key = 0; key < 50; ++key) metadata.custom["key" + std::to_string(key)] = std::string(1000, '"');
    metadata.url = "https://example.org/" + std::string(5000, 'u');
    add("wide-" + std::to_string(i), "A text.", std::move(metadata));
  }
  for (const char* call :
       {R"({"name":"list","arguments":{}})", R"({"name":"search","arguments":{"query":"text"}})",
        R"({"name":"fetch","arguments":{"id":"wide-1"}})"})
    EXPECT_LT(dump_json(*ask(message("tools/call", call)).message).size(), 100'000u) << call;
  EXPECT_LT(dump_json(*ask(message("resources/list")).message).size(), 100'000u);
}

TEST_F(ServiceTest, ToolsThatWriteNeedLeave) {
  EXPECT_EQ(error_code(ask(message("tools/call", R"({"name":"forget","arguments":{"id":"doc-1"}})"))),
            kInvalidParams);
  EXPECT_EQ(store_.rows.size(), 3u);
  caller_.may_write = true;
  const Json tools = result(message("tools/list"))["tools"];
  ASSERT_EQ(tools.size(), 5u);
  EXPECT_EQ(tools[3]["annotations"]["readOnlyHint"], false);
  const Json added =
      tool("add", R"({"text":"Rome is in Italy.","title":"Rome","author":"Bo","source":"chat"})");
  const std::string id = added["id"].get<std::string>();
  EXPECT_EQ(store_.rows.at(id).metadata.author, "Bo");
  EXPECT_EQ(tool("fetch", dump_json(Json{{"id", id}}))["title"], "Rome");
  EXPECT_EQ(tool("forget", dump_json(Json{{"id", id}}))["removed"], true);
  EXPECT_FALSE(store_.rows.contains(id));
  tool_error("forget", dump_json(Json{{"id", id}}));
  tool_error("forget", "{}");
  tool_error("forget", R"({"id":["doc-1"]})");
  tool_error("add", R"({"text":"x","source":"letter"})");
  EXPECT_EQ(store_.rows.size(), 3u);
}

TEST_F(ServiceTest, ResourcesAreDocuments) {
  const Json list = result(message("resources/list"))["resources"];
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[2]["uri"], "rappel://doc/doc%2F3");
  EXPECT_EQ(list[1]["name"], "berlin.md");
  const Json read = result(message("resources/read", R"({"uri":"rappel://doc/doc%2F3"})"))["contents"];
  EXPECT_EQ(dump_json(read), R"([{"uri":"rappel://doc/doc%2F3","mimeType":"text/plain","text":)"
                             R"("Bread is baked from flour."}])");
  EXPECT_EQ(result(message("resources/templates/list"))["resourceTemplates"][0]["uriTemplate"],
            "rappel://doc/{id}");
  EXPECT_EQ(error_code(ask(message("resources/list", R"({"cursor":"x"})"))), kInvalidParams);
  for (const char* uri : {"rappel://doc/none", "rappel://doc/", "file:///etc/passwd"}) {
    const std::string member = R"("uri":")" + std::string(uri) + "\"";
    const Answer legacy = ask(message("resources/read", "{" + member + "}"));
    EXPECT_EQ(error_code(legacy), kNoSuchResource) << uri;
    EXPECT_EQ((*legacy.message)["error"]["data"]["uri"], uri);
    EXPECT_EQ(error_code(ask(modern("resources/read", member))), kInvalidParams) << uri;
  }
}

TEST_F(ServiceTest, LongResourceNamesItsNextPart) {
  std::string text;
  for (int i = 0; i < 12'000; ++i) text += "word" + std::to_string(i) + " ";
  add("long", text, {});
  std::string uri = "rappel://doc/long";
  std::size_t length = 0;
  for (int parts = 0; !uri.empty(); ++parts) {
    ASSERT_LT(parts, 10);
    const Json read = result(message("resources/read", dump_json(Json{{"uri", uri}})))["contents"][0];
    const auto got = read["text"].get<std::string>();
    const std::size_t mark = got.find("\n[The document goes on: read ");
    length += std::min(mark, got.size());
    uri = mark == std::string::npos ? "" : got.substr(mark + 29, got.size() - mark - 30);
  }
  EXPECT_EQ(length, text.size() - 1);
}

TEST_F(ServiceTest, FailuresOfTheCoreAreResults) {
  caller_.explain = [](const Status&) { return std::string("told"); };
  embedder_.failure = Status(Code::kUnavailable, "secret");
  EXPECT_EQ(tool_error("search", R"({"query":"x"})"), "told");
  caller_.core = nullptr;
  EXPECT_NE(tool_error("search", R"({"query":"x"})").find("being loaded"), std::string::npos);
  EXPECT_EQ(result(message("tools/list"))["tools"].size(), 3u) << "needs no core";
}

}  // namespace
}  // namespace rappel::mcp
