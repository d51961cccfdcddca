#include "server/http/content_coding.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

std::string gzip(const std::string& text) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
  return out;
}

Headers coded(const std::string& coding) {
  Headers headers;
  headers.add("Content-Encoding", coding);
  return headers;
}

class ContentCodingTest : public testing::Test {
 protected:
  std::shared_ptr<Body> body(const std::string& text) {
    auto made = std::make_shared<Body>(&memory_, "a");
    EXPECT_TRUE(made->append(text));
    return made;
  }
  std::optional<Refusal> decode(const std::string& coding, std::shared_ptr<Body>& body,
                                std::size_t limit = std::size_t{64} << 20) {
    return decode_body(coded(coding), limit, body);
  }
  ByteBudget memory_{std::size_t{256} << 20};
};

TEST_F(ContentCodingTest, KnownCodingsPassAndOthersAre415) {
  for (const char* known : {"gzip", "x-gzip", "GZIP", "deflate", "identity", "", "identity, gzip", " gzip "})
    EXPECT_FALSE(refuse_coding(coded(known))) << known;
  EXPECT_FALSE(refuse_coding({}));
  Headers twice = coded("gzip");
  twice.add("Content-Encoding", "gzip");
  for (const Headers& headers : {coded("br"), coded("zstd"), coded("gzip, gzip"), coded("gzip, br"), twice}) {
    const auto refusal = refuse_coding(headers);
    ASSERT_TRUE(refusal);
    const Response response =
        with_refusal_headers(Response::detail(status_of(refusal->reason), refusal->message), *refusal);
    EXPECT_EQ(response.status, 415);
    EXPECT_EQ(response.headers.get("accept-encoding"), "gzip, deflate");
    EXPECT_NE(response.body.find("gzip, deflate"), std::string::npos);
  }
}

TEST_F(ContentCodingTest, GzipBodyIsReplaced) {
  const std::string text = R"({"queries":[{"query":"otter"}]})";
  auto sent = body(gzip(text));
  EXPECT_FALSE(decode("gzip", sent));
  EXPECT_EQ(sent->bytes(), text);
  auto plain = body(text);
  EXPECT_FALSE(decode("identity", plain));
  EXPECT_EQ(plain->bytes(), text);
}

TEST_F(ContentCodingTest, DecodedBytesCountInTheBudget) {
  std::string text;
  for (int i = 0; text.size() < 3'000'000; ++i) text += std::to_string(i * 7919) + " ";
  auto sent = body(gzip(text));
  const std::size_t coded_bytes = memory_.used();
  ASSERT_FALSE(decode("gzip", sent));
  EXPECT_GE(memory_.used(), text.size());
  EXPECT_LT(coded_bytes, text.size() / 2);
  sent.reset();
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(ContentCodingTest, BombIs413AndCostsLittle) {
  const std::string bomb = gzip(std::string(std::size_t{512} << 20, ' '));
  auto sent = body(bomb);
  const auto refusal = decode("gzip", sent);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(status_of(refusal->reason), 413);
  EXPECT_LE(memory_.used(), std::size_t{66} << 20);
}

TEST_F(ContentCodingTest, RatioIsBoundedBeyondTheFirstMegabyte) {
  auto small = body(gzip(std::string(1'000'000, ' ')));
  EXPECT_FALSE(decode("gzip", small)) << "a megabyte costs nobody anything";
  auto large = body(gzip(std::string(50'000'000, ' ')));
  const auto refusal = decode("gzip", large);
  ASSERT_TRUE(refusal);
  EXPECT_NE(refusal->message.find("200 times"), std::string::npos);
  EXPECT_EQ(status_of(refusal->reason), 413);
}

TEST_F(ContentCodingTest, BodyBeyondTheLimitIs413) {
  std::string text;
  for (int i = 0; text.size() < 3'000'000; ++i) text += std::to_string(i * 7919) + " ";
  auto sent = body(gzip(text));
  const auto refusal = decode("gzip", sent, 2'000'000);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->message, "The request's body is larger than 2000000 bytes when it is decompressed");
}

TEST_F(ContentCodingTest, DamagedBodyIs400) {
  const std::string whole = gzip("some text that is long enough");
  for (const std::string& text :
       {whole.substr(0, 10), whole.substr(0, whole.size() - 1), std::string("text")}) {
    auto sent = body(text);
    const auto refusal = decode("gzip", sent);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(status_of(refusal->reason), 400);
  }
}

TEST_F(ContentCodingTest, LargeBodyIsDecodedIntoAFile) {
  const TempDir dir;
  ByteBudget disk(std::size_t{256} << 20);
  std::string text;
  for (int i = 0; text.size() < 20'000'000; ++i) text += std::to_string(i * 7919) + " ";
  auto sent = std::make_shared<Body>(&memory_, &disk, "a", dir.path());
  ASSERT_TRUE(sent->append(gzip(text)));
  ASSERT_TRUE(sent->write_out().ok());
  ASSERT_TRUE(sent->complete().ok());
  ASSERT_FALSE(decode("gzip", sent));
  ASSERT_NE(sent->file(), nullptr);
  EXPECT_TRUE(sent->bytes() == text);
  EXPECT_EQ(memory_.used(), 0u);
  EXPECT_EQ(disk.used(), text.size());
}

}  // namespace
}  // namespace rappel
