// /mcp over sockets, with a fake core: status codes, headers and pages of other origins.
#include "server/mcp/mcp.h"
#include "codec/json.h"
#include "server/documents/assets.h"
#include "server/test_server.h"

namespace rappel {
namespace {

constexpr char kPing[] = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

class McpTest : public ServerTest {
 protected:
  // "h" of test_server.h is no name of a loopback address.
  std::string post(const std::string& body, const std::string& headers = "", const std::string& token = "tok",
                   const std::string& path = "/mcp") {
    return once("POST " + path + " HTTP/1.1\r\n" +
                (headers.find("Host:") == std::string::npos ? "Host: localhost\r\n" : "") + headers +
                (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
};

TEST_F(McpTest, MessagesAreAnsweredAsJson) {
  start();
  for (const char* path : {"/mcp", "/mcp/", "//mcp"}) {
    const std::string answer = post(kPing, "", "tok", path);
    EXPECT_TRUE(says(answer, "HTTP/1.1 200")) << path;
    EXPECT_TRUE(says(answer, "content-type: application/json"));
    EXPECT_TRUE(says(answer, R"({"jsonrpc":"2.0","id":1,"result":{}})"));
  }
  const std::string notified = post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  EXPECT_TRUE(says(notified, "HTTP/1.1 202"));
  EXPECT_TRUE(says(notified, "content-length: 0"));
  const std::string broken = post("{");
  EXPECT_TRUE(says(broken, "HTTP/1.1 400"));
  EXPECT_TRUE(says(broken, "-32700"));
}

TEST_F(McpTest, ClientsThatTakeOnlyEventsGetOne) {
  start();
  const std::string answer = post(kPing, "Accept: text/event-stream\r\n");
  EXPECT_TRUE(says(answer, "content-type: text/event-stream"));
  EXPECT_TRUE(says(answer, "x-accel-buffering: no"));
  EXPECT_TRUE(says(answer, "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n"));
  EXPECT_TRUE(says(post(kPing, "Accept: application/json, text/event-stream\r\n"), "application/json"));
}

TEST_F(McpTest, OtherMethodsAre405) {
  start();
  for (const char* method : {"GET", "DELETE"}) {
    const std::string answer =
        once(std::string(method) + " /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer tok\r\n\r\n");
    EXPECT_TRUE(says(answer, "HTTP/1.1 405")) << method;
    EXPECT_TRUE(says(answer, "allow: POST")) << method;
  }
}

TEST_F(McpTest, WithoutATokenTheSchemeIsNamed) {
  start();
  for (const char* token : {"", "wrong"}) {
    const std::string answer = post(kPing, "", token);
    EXPECT_TRUE(says(answer, "HTTP/1.1 401")) << token;
    EXPECT_TRUE(says(answer, "www-authenticate: Bearer\r\n")) << "no metadata of resources is served";
    EXPECT_TRUE(says(answer, R"({"jsonrpc":"2.0","id":null,"error":{"code":)"));
  }
}

TEST_F(McpTest, PagesOfOtherOriginsAreRefusedBeforeAnything) {
  options_.public_url = "https://docs.example.org";
  options_.cors_origins = {"*", "https://friend.example"};
  start();
  for (const char* known : {"http://localhost", "http://localhost:6274", "http://127.0.0.1:1",
                            "http://[::1]:9", "https://docs.example.org", "https://FRIEND.example"})
    EXPECT_TRUE(says(post(kPing, "Origin: " + std::string(known) + "\r\n"), "HTTP/1.1 200")) << known;
  for (const char* other : {"http://evil.example", "null", "http://localhost.evil.example",
                            "https://docs.example.org.evil.example", "http://friend.example"})
    for (const char* token : {"tok", ""})
      EXPECT_TRUE(says(post("{", "Origin: " + std::string(other) + "\r\n", token), "HTTP/1.1 403")) << other;
  EXPECT_TRUE(says(post(kPing, "Host: docs.example.org\r\n"), "HTTP/1.1 200"));
  EXPECT_TRUE(
      says(post(kPing, "Host: rebound.example\r\nOrigin: http://rebound.example\r\n"), "HTTP/1.1 403"));
  EXPECT_TRUE(says(post(kPing, "Host: rebound.example\r\n"), "HTTP/1.1 403"));
  EXPECT_TRUE(says(once(query("q")), "HTTP/1.1 200")) << "other routes trust the token";
}

TEST_F(McpTest, PagesOfAServerForOthersAreItsOwn) {
  options_.host = "0.0.0.0";
  start();
  EXPECT_TRUE(says(post(kPing, "Host: box.lan:8000\r\n"), "HTTP/1.1 200"));
  EXPECT_TRUE(says(post(kPing, "Host: box.lan:8000\r\nOrigin: http://box.lan:8000\r\n"), "HTTP/1.1 200"));
  EXPECT_TRUE(says(post(kPing, "Host: box.lan:8000\r\nOrigin: http://evil.example\r\n"), "HTTP/1.1 403"));
}

TEST_F(McpTest, ModelsThatAreLoadingCostOnlyTheToolsThatNeedThem) {
  start(false);
  EXPECT_TRUE(says(post(kPing), "HTTP/1.1 200"));
  const std::string answer = post(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":"q"}}})");
  EXPECT_TRUE(says(answer, "HTTP/1.1 200"));
  EXPECT_TRUE(says(answer, R"("isError":true)"));
}

TEST_F(McpTest, FailuresOfTheCoreKeepTheirCauses) {
  start();
  const std::string answer = post(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":"fail"}}})");
  EXPECT_TRUE(says(answer, R"("isError":true)"));
  EXPECT_FALSE(says(answer, "secret"));
  server_.reset();
  EXPECT_TRUE(says(log_, "secret cause"));
}

TEST_F(McpTest, LinksOfDocumentsLeadToTheirTexts) {
  ASSERT_TRUE(core_.retrieval().upsert({{"a/b c", "The text of a document.", {}}}).ok());
  start();
  const auto get = [&](const std::string& path, const std::string& token = "tok") {
    Client client(port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer " +
                token + "\r\n\r\n");
    return client.rest();
  };
  const std::string answer = get("/d/a%2Fb%20c");
  EXPECT_TRUE(says(answer, "HTTP/1.1 200"));
  EXPECT_TRUE(says(answer, "content-type: text/plain; charset=utf-8"));
  EXPECT_TRUE(says(answer, "The text of a document."));
  EXPECT_TRUE(says(get("/d/none"), "HTTP/1.1 404"));
  EXPECT_TRUE(says(get("/d/a%2Fb%20c", "wrong"), "HTTP/1.1 401"));
}

TEST(McpOpenApi, TheDocumentHasTheRoute) {
  const auto document = parse_json(asset("mcp-api.json"));
  ASSERT_TRUE(document.ok());
  EXPECT_TRUE((*document)["paths"]["/mcp"].contains("post"));
  EXPECT_EQ((*document)["paths"].size(), 1u);
}

}  // namespace
}  // namespace rappel
