// Collections over sockets, with fake cores: the routes of collections, and the way of the others to one.
#include "server/collections/collections.h"

#include <map>

#include "codec/json.h"
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
  EXPECT_TRUE(says(send("GET", "/v1/collections/code"), "HTTP/1.1 200"));
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
