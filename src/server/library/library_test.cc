// Chunks of a document over sockets, and the OpenAPI document against the program.
#include "server/library/library.h"

#include <set>

#include "codec/json.h"
#include "server/documents/assets.h"
#include "server/test_server.h"

namespace rappel {
namespace {

// Documents "a/b" with five chunks, and no other.
class LibraryCore : public FakeCore {
 public:
  Result<std::optional<DocumentChunks>> chunks(const ChunkRange& range, const RequestContext&) override {
    if (range.document_id == "broken") return Status(Code::kUnavailable, "no", "secret cause");
    if (range.document_id != "a/b") return std::optional<DocumentChunks>();
    DocumentChunks found{.document = {.id = "a/b", .chunk_count = 5}, .chunks = {}};
    found.document.metadata.custom["title"] = std::string("A");
    const auto metadata = std::make_shared<const Metadata>();
    for (std::size_t i = range.offset; i < 5 && found.chunks.size() < range.limit; ++i) {
      const auto at = static_cast<std::uint32_t>(i);
      found.chunks.push_back(
          {.id = chunk_id("a/b", i), .text = "t", .begin = at, .end = at + 1, .metadata = metadata});
    }
    return std::optional(std::move(found));
  }
};

class LibraryTest : public ServerTest {
 protected:
  LibraryTest() {
    start(false);
    server_->set_ready(library_);
  }
  ~LibraryTest() override { server_.reset(); }
  std::string chunks(const std::string& query) { return once(request("GET", "/v1/chunks" + query, "")); }
  LibraryCore library_;
};

TEST_F(LibraryTest, ChunksComeInOrderWithTheirDocument) {
  const std::string answer = chunks("?document_id=a%2Fb&offset=3&limit=1");
  EXPECT_TRUE(says(answer, "HTTP/1.1 200"));
  EXPECT_TRUE(says(answer, R"({"document_id":"a/b","chunk_count":5,"metadata":{"source":null,)"));
  EXPECT_TRUE(says(answer, R"("title":"A"},"chunks":[{"id":"a/b_3","text":"t","begin":3,"end":4,"place":)"));
  EXPECT_FALSE(says(answer, "a/b_4"));
  EXPECT_TRUE(says(chunks("?document_id=a/b&offset=9"), R"("chunks":[]})"));
}

TEST_F(LibraryTest, RefusalsHaveThePluginsShape) {
  EXPECT_TRUE(says(chunks("?document_id=z"), R"({"detail":"No document of this id is stored"})"));
  EXPECT_TRUE(says(chunks("?document_id=z"), "HTTP/1.1 404"));
  EXPECT_TRUE(says(chunks(""), R"([{"loc":["query","document_id"],"msg":"field required",)"));
  for (const char* wrong : {"&limit=0", "&limit=1001", "&offset=-1", "&offset=x"})
    EXPECT_TRUE(says(chunks(std::string("?document_id=a/b") + wrong), "HTTP/1.1 422")) << wrong;
  const std::string broken = chunks("?document_id=broken");
  EXPECT_TRUE(says(broken, "HTTP/1.1 500"));
  EXPECT_FALSE(says(broken, "secret"));
  EXPECT_TRUE(says(once("GET /v1/chunks?document_id=a/b HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 403"));
}

std::set<std::string> keys_of(const Json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

TEST_F(LibraryTest, TheOpenApiDocumentHasTheMembersThatAreWritten) {
  const auto api = parse_json(asset("library-api.json"));
  ASSERT_TRUE(api.ok());
  EXPECT_EQ(keys_of((*api)["paths"]), std::set<std::string>{"/v1/chunks"});
  const std::string answer = chunks("?document_id=a/b");
  const auto written = parse_json(answer.substr(answer.find("\r\n\r\n") + 4));
  ASSERT_TRUE(written.ok());
  const Json& schemas = (*api)["components"]["schemas"];
  EXPECT_EQ(keys_of(schemas["DocumentChunks"]["properties"]), keys_of(*written));
  EXPECT_EQ(keys_of(schemas["StoredChunk"]["properties"]), keys_of((*written)["chunks"][0]));
}

}  // namespace
}  // namespace rappel
