#include "codec/inflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "codec/whole_inflate.h"

namespace rappel {
namespace {

constexpr int kZlib = 15, kGzip = 15 + 16, kRaw = -15;

std::string deflated(const std::string& text, int bits) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
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

struct Inflated {
  Status status;
  std::string text;
};

// In steps of so many bytes.
Inflated inflated(const std::string& bytes, Compression compression, std::size_t step = 1 << 20) {
  Inflate inflate(compression);
  Inflated out;
  for (std::size_t at = 0; at < bytes.size() && out.status.ok(); at += step)
    out.status = inflate.add(std::string_view(bytes).substr(at, step), [&](std::string_view part) {
      EXPECT_LE(part.size(), kInflatePiece);
      out.text += part;
      return Status();
    });
  if (out.status.ok()) out.status = inflate.finish();
  return out;
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "otter " + std::to_string(i * 7919 % 10'007) + "\n";
  return text;
}

TEST(Inflate, ReadsEveryFormatInAnySteps) {
  const std::string text = sample();
  for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 20}) {
    EXPECT_EQ(inflated(deflated(text, kGzip), Compression::kGzip, step).text, text);
    EXPECT_EQ(inflated(deflated(text, kZlib), Compression::kDeflate, step).text, text);
    const Inflated raw = inflated(deflated(text, kRaw), Compression::kDeflate, step);
    EXPECT_TRUE(raw.status.ok());
    EXPECT_EQ(raw.text, text);
  }
  EXPECT_EQ(inflated(deflated("", kGzip), Compression::kGzip).text, "");
}

TEST(Inflate, ReadsGzipMembersThatFollowEachOther) {
  const std::string bytes = deflated("one ", kGzip) + deflated("two", kGzip);
  EXPECT_EQ(inflated(bytes, Compression::kGzip).text, "one two");
  EXPECT_EQ(inflated(bytes, Compression::kGzip, 1).text, "one two");
}

TEST(Inflate, CutOffStreamsAreErrors) {
  const std::string whole = deflated(sample(), kGzip);
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, whole.size() / 2, whole.size() - 1})
    EXPECT_EQ(inflated(whole.substr(0, size), Compression::kGzip).status.code(), Code::kInvalidArgument)
        << size;
}

TEST(Inflate, DamagedStreamsAreErrors) {
  std::string bytes = deflated(sample(), kGzip);
  bytes[bytes.size() - 6] ^= 1;  // of the checksum
  EXPECT_EQ(inflated(bytes, Compression::kGzip).status.message(), "the compressed data is damaged");
  EXPECT_FALSE(inflated("plain text", Compression::kGzip).status.ok());
  EXPECT_FALSE(inflated(deflated("x", kGzip) + "rest", Compression::kGzip).status.ok());
  EXPECT_FALSE(inflated(deflated("x", kZlib) + "rest", Compression::kDeflate).status.ok());
}

TEST(Inflate, EndsWhenItsSinkFails) {
  Inflate inflate(Compression::kGzip);
  std::size_t taken = 0;
  const Status status = inflate.add(deflated(std::string(100 << 20, ' '), kGzip), [&](std::string_view part) {
    taken += part.size();
    return taken < (1 << 20) ? Status() : Status(Code::kResourceExhausted, "enough");
  });
  EXPECT_EQ(status.message(), "enough");
  EXPECT_LE(taken, (1u << 20) + kInflatePiece) << "no more of a bomb is inflated than is taken";
}

TEST(WholeInflate, ReadsStreamsOfKnownSizeOneAfterAnother) {
  WholeInflate inflate;
  std::string out;
  for (const std::string& text : {sample(), std::string(), std::string("two")}) {
    ASSERT_TRUE(inflate.run(deflated(text, kRaw), text.size(), out));
    EXPECT_EQ(out, text);
  }
  const std::string stream = deflated("three", kRaw);
  EXPECT_FALSE(inflate.run(stream, 4, out)) << "longer than it should be";
  EXPECT_FALSE(inflate.run(stream, 6, out)) << "shorter";
  EXPECT_FALSE(inflate.run(stream + "x", 5, out)) << "something follows";
  EXPECT_FALSE(inflate.run(stream.substr(0, stream.size() - 1), 5, out)) << "cut off";
  EXPECT_FALSE(inflate.run(deflated("four", kGzip), 4, out));
  EXPECT_TRUE(inflate.run(stream, 5, out)) << "faults are forgotten";
}

TEST(WholeInflate, ChecksumIsThatOfZip) { EXPECT_EQ(crc32_of("123456789"), 0xCBF43926u); }

}  // namespace
}  // namespace rappel
