// Collections over sockets, with fake cores: the routes of collections, and the way of the others to one.
#include "server/collections/collections.h"

#include <map>
#include <vector>

#include "codec/json.h"
#include "codec/sha256.h"
#include "server/documents/assets.h"
#include "server/test_server.h"

namespace rappel {
namespace {

class FakeHost : public CollectionHost {
 public:
  Result<std::vector<CollectionSettings>> list() override {
    std::vector<CollectionSettings> all;
    for (const auto& [name, one] : cores) all.push_back({.name = name});
    return all;
  }
  Result<CollectionSettings> find(std::string_view name) override {
    if (!cores.contains(name)) return no_such_collection(name);
    return CollectionSettings{.name = std::string(name)};
  }
  Result<CollectionSettings> create(CollectionSettings settings) override {
    RAPPEL_TRY(check_collection(settings));
    if (cores.contains(settings.name)) return Status(Code::kFailedPrecondition, "taken");
    cores[settings.name] = std::make_shared<FakeCore>();
    return settings;
  }
  Result<CollectionSettings> change(const CollectionSettings& settings) override { return settings; }
  Status drop(std::string_view name) override {
    if (!busy.ok()) return busy;
    cores.erase(cores.find(name));
    return {};
  }
  Result<CollectionUsage> usage(std::string_view name) override {
    return CollectionUsage{2, 3, name == kDefaultCollection ? 100u : 50u};
  }
  std::vector<CollectionState> states() override {
    std::vector<CollectionState> all{{.name = "default", .is_open = true, .stats = StoreStats{2, 3}}};
    for (const auto& [name, one] : cores) all.push_back({.name = name, .stats = StoreStats{4, 5}});
    return all;
  }
  Result<std::shared_ptr<Core>> open(std::string_view name, const std::stop_token&) override {
    const auto it = cores.find(name);
    if (it == cores.end()) return no_such_collection(name);
    return std::shared_ptr<Core>(it->second);
  }

  std::map<std::string, std::shared_ptr<FakeCore>, std::less<>> cores;
  Status busy;
};

ScoredChunk chunk_of(const std::string& text) {
  ScoredChunk result;
  result.chunk.id = result.chunk.document_id = result.chunk.text = text;
  result.chunk.metadata = std::make_shared<const Metadata>();
  return result;
}

class CollectionsOverHttp : public ServerTest {
 protected:
  CollectionsOverHttp() {
    collections_ = &host_;
    core_.answer_with({chunk_of("of the default one")});
    host_.cores["notes"] = std::make_shared<FakeCore>();
    host_.cores["notes"]->answer_with({chunk_of("of notes")});
  }
  std::string send(const std::string& method, const std::string& path, const std::string& body = "",
                   const std::string& headers = "") {
    return once(request(method, path, body, headers));
  }

  FakeHost host_;
};

TEST_F(CollectionsOverHttp, PathAndHeaderChooseTheCollectionOfEveryRoute) {
  start();
  const std::string question = R"({"queries":[{"query":"q"}]})";
  EXPECT_TRUE(says(send("POST", "/query", question), "of the default one"));
  EXPECT_TRUE(says(send("POST", "/c/notes/query", question), "of notes"));
  EXPECT_TRUE(says(send("POST", "/query", question, "X-Collection: notes\r\n"), "of notes"));
  EXPECT_TRUE(says(send("POST", "/c/notes/v1/search", R"({"query":"q"})"), "of notes"));
  EXPECT_TRUE(says(send("GET", "/c/notes/v1/search?query=q"), "of notes"));
  EXPECT_TRUE(says(send("POST", "/c/default/query", question), "of the default one"));
  EXPECT_TRUE(says(send("POST", "/c/notes/query", question, "X-Collection: others\r\n"), "of notes"));
}

TEST_F(CollectionsOverHttp, UnknownCollectionIs404AndNeverTheDefaultOne) {
  start();
  for (const std::string path : {"/c/others/query", "/c/../query", "/c/%2e%2e/query", "/c/Notes/query"}) {
    const std::string answer = send("POST", path, R"({"queries":[{"query":"q"}]})");
    EXPECT_TRUE(says(answer, "HTTP/1.1 404")) << path << answer;
    EXPECT_FALSE(says(answer, "of the default one")) << path;
  }
  EXPECT_TRUE(says(send("DELETE", "/c/others/delete", R"({"delete_all":true})"), "HTTP/1.1 404"));
  EXPECT_TRUE(says(send("POST", "/upsert", R"({"documents":[{"text":"t"}]})", "X-Collection: x\r\n"),
                   "HTTP/1.1 404"));
  EXPECT_TRUE(says(send("GET", "/c/notes"), "HTTP/1.1 404"));
  EXPECT_TRUE(says(send("POST", "/c//query", R"({"queries":[{"query":"q"}]})"), "HTTP/1.1 404"));
}

TEST_F(CollectionsOverHttp, AreCreatedListedShownAndDropped) {
  start();
  const std::string made =
      send("POST", "/v1/collections",
           R"({"name":"code","description":"d","chunk_tokens":100,"metadata":{"team":"x"}})");
  EXPECT_TRUE(says(made, "HTTP/1.1 201")) << made;
  EXPECT_TRUE(says(made, R"({"name":"code","description":"d","created_at":0,"chunk_tokens":100,)"
                         R"("metadata":{"team":"x"}})"));
  EXPECT_TRUE(says(send("POST", "/v1/collections", R"({"name":"code"})"), "HTTP/1.1 409"));
  const std::string listed = send("GET", "/v1/collections");
  EXPECT_LT(listed.find(R"("name":"default")"), listed.find(R"("name":"code")"));
  EXPECT_TRUE(says(listed, R"("name":"notes")"));
  EXPECT_FALSE(says(listed, "documents"));
  EXPECT_TRUE(says(send("GET", "/v1/collections?counts=true"), R"("documents":2,"chunks":3,"bytes":50})"));
  EXPECT_TRUE(says(send("GET", "/v1/collections/code"), R"("documents":2,"chunks":3,"bytes":50})"));
  EXPECT_TRUE(says(send("GET", "/v1/collections/default"), R"("bytes":100})"));
  EXPECT_TRUE(says(send("GET", "/v1/collections/others"), "HTTP/1.1 404"));

  EXPECT_TRUE(says(send("DELETE", "/v1/collections/code"), "HTTP/1.1 422"));
  EXPECT_TRUE(says(send("DELETE", "/v1/collections/code?confirm=notes"), "HTTP/1.1 422"));
  EXPECT_TRUE(says(send("DELETE", "/v1/collections/code?confirm=code"), R"({"name":"code","dropped":true})"));
  EXPECT_FALSE(host_.cores.contains("code"));
  EXPECT_TRUE(says(send("DELETE", "/v1/collections/code?confirm=code"), "HTTP/1.1 404"));
}

TEST_F(CollectionsOverHttp, WrongSettingsAre422) {
  start();
  for (const char* body : {R"({})", R"({"name":"A"})", R"({"name":""})", R"({"name":"a/b"})", R"([])",
                           R"({"name":"a","chunk_tokens":1})", R"({"name":"a","metadata":5})"})
    EXPECT_TRUE(says(send("POST", "/v1/collections", body), "HTTP/1.1 422")) << body;
  EXPECT_EQ(host_.cores.size(), 1u);
}

TEST_F(CollectionsOverHttp, CollectionInUseStaysAndIs503) {
  start();
  host_.busy = Status(Code::kUnavailable, "in use").with_retry_after(5);
  const std::string answer = send("DELETE", "/v1/collections/notes?confirm=notes");
  EXPECT_TRUE(says(answer, "HTTP/1.1 503"));
  EXPECT_TRUE(says(answer, "retry-after: 5"));
  EXPECT_TRUE(host_.cores.contains("notes"));
}

TEST_F(CollectionsOverHttp, ServerWithoutThemHasTheDefaultOneAlone) {
  collections_ = nullptr;
  start();
  EXPECT_TRUE(says(send("GET", "/v1/collections"), "HTTP/1.1 404"));
  EXPECT_TRUE(says(send("POST", "/c/notes/query", R"({"queries":[{"query":"q"}]})"), "HTTP/1.1 404"));
}

// Tokens that have some collections alone.
class LimitedTokens : public CollectionsOverHttp {
 protected:
  LimitedTokens() {
    host_.cores["others"] = std::make_shared<FakeCore>();
    host_.cores["others"]->answer_with({chunk_of("of others")});
    add("notes-only", "read,write", {"notes"});
    add("notes-admin", "admin", {"notes", "new"});
    add("default-only", "read", {"default"});
    add("team", "read", {}, Filter::equals("team", "x"));
    start();
  }
  std::string as(const std::string& token, const std::string& method, const std::string& path,
                 const std::string& body = "", const std::string& headers = "") {
    return once(method + " " + path + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + token +
                "\r\nX-Request-Id: i\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
  }
  // The same without what differs from one answer to the next.
  std::string stable(const std::string& token, const std::string& method, const std::string& path,
                     const std::string& body = "", const std::string& headers = "") {
    std::string answer = as(token, method, path, body, headers);
    if (const std::size_t date = answer.find("date: "); date != std::string::npos)
      answer.erase(date, answer.find("\r\n", date) - date);
    return answer;
  }

 private:
  void add(const std::string& name, const char* scopes, std::vector<std::string> collections,
           Filter bound = {}) {
    Principal principal{.name = name, .id = name, .scopes = *parse_scopes(scopes), .bound = std::move(bound)};
    principal.collections = std::move(collections);
    options_.named_tokens.push_back(
        {sha256_hex(name), std::make_shared<const Principal>(std::move(principal))});
  }
};

constexpr const char* kQuestion = R"({"queries":[{"query":"q"}]})";

std::string renamed(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

TEST_F(LimitedTokens, ReachTheirOwnCollectionsAlone) {
  EXPECT_TRUE(says(as("notes-only", "POST", "/c/notes/query", kQuestion), "of notes"));
  EXPECT_TRUE(says(as("notes-only", "POST", "/query", kQuestion, "X-Collection: notes\r\n"), "of notes"));
  EXPECT_TRUE(says(as("default-only", "POST", "/query", kQuestion), "of the default one"));
  EXPECT_TRUE(says(as("default-only", "POST", "/c/default/query", kQuestion), "of the default one"));
  EXPECT_TRUE(says(as("notes-only", "POST", "/query", kQuestion), "HTTP/1.1 404"));
  EXPECT_TRUE(says(as("notes-only", "POST", "/c/default/query", kQuestion), "HTTP/1.1 404"));
  EXPECT_TRUE(says(as("tok", "POST", "/c/others/query", kQuestion), "of others"));
}

// One that the token lacks answers as one that nobody has made.
TEST_F(LimitedTokens, RefusedCollectionLooksLikeNone) {
  const struct {
    const char *method, *path, *body, *headers;
  } requests[] = {
      {"POST", "/c/others/query", kQuestion, ""},
      {"POST", "/query", kQuestion, "X-Collection: others\r\n"},
      {"GET", "/c/others/v1/search?query=q", "", ""},
      {"POST", "/c/others/v1/why", R"({"query":"q","document_id":"d"})", ""},
      {"POST", "/c/others/list", "{}", ""},
      {"POST", "/c/others/upsert", R"({"documents":[{"text":"t"}]})", "Content-Type: application/json\r\n"},
      {"DELETE", "/c/others/delete", R"({"delete_all":true})", ""},
      {"POST", "/c/others/mcp",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":"q"}}})",
       "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"},
      {"GET", "/v1/collections/others", "", ""},
      {"DELETE", "/v1/collections/others?confirm=others", "", ""},
      {"POST", "/c/others/v1/embeddings", R"({"input":"t"})", ""},
  };
  for (const auto& [method, path, body, headers] : requests) {
    const std::string token = std::string(path).starts_with("/v1") ? "notes-admin" : "notes-only";
    const std::string refused = stable(token, method, path, body, headers);
    const std::string unknown =
        stable(token, method, renamed(path, "others", "absent"), body, renamed(headers, "others", "absent"));
    EXPECT_EQ(renamed(refused, "others", "absent"), unknown) << path;
    EXPECT_FALSE(says(refused, "of others")) << path;
    EXPECT_FALSE(says(refused, "HTTP/1.1 500")) << refused;
  }
  EXPECT_TRUE(host_.cores.contains("others"));
}

TEST_F(LimitedTokens, ListHasTheirOwnAlone) {
  const std::string notes = as("notes-only", "GET", "/v1/collections");
  EXPECT_TRUE(says(notes, R"("name":"notes")"));
  EXPECT_FALSE(says(notes, "others")) << notes;
  EXPECT_FALSE(says(notes, R"("name":"default")")) << notes;
  EXPECT_TRUE(says(as("notes-only", "GET", "/v1/collections/default"), "HTTP/1.1 404"));
  const std::string one = as("default-only", "GET", "/v1/collections");
  EXPECT_TRUE(says(one, R"("name":"default")"));
  EXPECT_FALSE(says(one, "notes")) << one;
}

TEST_F(LimitedTokens, MakeAndDropWithinTheirLimit) {
  EXPECT_TRUE(says(as("notes-only", "POST", "/v1/collections", R"({"name":"new"})"), "HTTP/1.1 403"));
  EXPECT_TRUE(says(as("notes-admin", "POST", "/v1/collections", R"({"name":"new"})"), "HTTP/1.1 201"));
  EXPECT_TRUE(says(as("notes-admin", "DELETE", "/v1/collections/new?confirm=new"), "HTTP/1.1 200"));
  // Whether it is there or not.
  const std::string taken = stable("notes-admin", "POST", "/v1/collections", R"({"name":"others"})");
  EXPECT_TRUE(says(taken, "HTTP/1.1 403")) << taken;
  EXPECT_EQ(taken, stable("notes-admin", "POST", "/v1/collections", R"({"name":"absent"})"));
  EXPECT_FALSE(host_.cores.contains("absent"));
}

TEST_F(LimitedTokens, HealthAndMetricsHaveTheirOwnAlone) {
  const std::string health = as("notes-only", "GET", "/health");
  EXPECT_TRUE(says(health, R"("collections":{"notes":"idle"})")) << health;
  EXPECT_TRUE(
      says(as("tok", "GET", "/health"), R"("collections":{"default":"ok","notes":"idle","others":"idle"})"));
  EXPECT_FALSE(says(once("GET /health HTTP/1.1\r\nHost: h\r\n\r\n"), "collections"));
  const std::string metrics = as("notes-only", "GET", "/metrics");
  EXPECT_TRUE(says(metrics, "rappel_collection_documents{collection=\"notes\"} 4\n"));
  EXPECT_FALSE(says(metrics, "others")) << metrics;
  EXPECT_FALSE(says(metrics, "collection=\"default\""));
}

// The numbers are those of all documents, also of those that it does not see.
TEST_F(LimitedTokens, TokenWithAFilterSeesNoNumbers) {
  EXPECT_FALSE(says(as("team", "GET", "/metrics"), "rappel_collection_documents{"));
  EXPECT_TRUE(says(as("team", "GET", "/v1/collections?counts=true"), R"("name":"notes")"));
  EXPECT_FALSE(says(as("team", "GET", "/v1/collections?counts=true"), "documents"));
  EXPECT_FALSE(says(as("team", "GET", "/v1/collections/notes"), "documents"));
}

TEST_F(LimitedTokens, ModelsNeedNoCollection) {
  EXPECT_TRUE(says(as("notes-only", "POST", "/v1/embeddings", R"({"input":"t"})"), "HTTP/1.1 200"));
}

TEST_F(LimitedTokens, OddNamesAreNoCollection) {
  for (const char* name : {"others ", "others/", "OTHERS",
                           "oth\xff"
                           "ers",
                           "../others", "others\t", "%6fthers", "notes, others", "\"", "{}", "."}) {
    const std::string answer =
        as("notes-only", "POST", "/query", kQuestion, "X-Collection: " + std::string(name) + "\r\n");
    EXPECT_TRUE(says(answer, "HTTP/1.1 404") || says(answer, "HTTP/1.1 400")) << name << answer;
  }
  // The path is the one that counts, and the first of two headers.
  EXPECT_TRUE(says(as("notes-only", "POST", "/c/others/query", kQuestion, "X-Collection: notes\r\n"),
                   "HTTP/1.1 404"));
  EXPECT_TRUE(
      says(as("notes-only", "POST", "/c/notes/query", kQuestion, "X-Collection: others\r\n"), "of notes"));
  EXPECT_FALSE(
      says(as("notes-only", "POST", "/query", kQuestion, "X-Collection: notes\r\nX-Collection: others\r\n"),
           "of others"));
  EXPECT_FALSE(says(as("notes-only", "POST", "/c/notes/c/others/query", kQuestion), "of others"));
  EXPECT_TRUE(says(as("notes-only", "POST", "/c/%6ethers/query", kQuestion), "HTTP/1.1 404"));
}

TEST(CollectionsOpenApi, DocumentHasTheRoutesAndNoOthers) {
  const CoreGate gate(nullptr);
  const ProtocolOptions options;
  const std::string public_url;
  const auto protocol = collections_protocol({options, public_url, gate, {}});
  const auto json = parse_json(asset("collections-api.json"));
  ASSERT_TRUE(json.ok());
  std::size_t described = 0;
  for (const auto& [path, methods] : (*json)["paths"].items()) described += methods.size();
  EXPECT_EQ(described, protocol->routes().size());
  for (const Route& route : protocol->routes()) {
    std::string method(method_name(route.methods[0]));
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    EXPECT_TRUE((*json)["paths"][std::string(route.path)].contains(method)) << route.path;
  }
}

}  // namespace
}  // namespace rappel
