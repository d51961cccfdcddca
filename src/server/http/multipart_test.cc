#include "server/http/multipart.h"

#include <gtest/gtest.h>

#include "server/http/response.h"
#include "server/input/upload.h"

namespace rappel {
namespace {

constexpr const char* kType = "multipart/form-data; boundary=xyz";

std::string part(const std::string& headers, const std::string& data) {
  return "--xyz\r\n" + headers + "\r\n\r\n" + data + "\r\n";
}

const std::string kEnd = "--xyz--\r\n";

std::string file_part(const std::string& filename, const std::string& data,
                      const std::string& type = "text/plain") {
  return part("Content-Disposition: form-data; name=\"file\"; filename=\"" + filename + "\"" +
                  (type.empty() ? "" : "\r\nContent-Type: " + type),
              data);
}

std::string error_of(const std::string& body, const char* type = kType, const MultipartBounds& bounds = {}) {
  const auto form = read_multipart(type, body, bounds);
  return form ? "accepted" : form.status().message();
}

TEST(Multipart, ReadsParts) {
  const std::string body = "preamble\r\n" +
                           file_part("a.txt", "one\r\n--xy\r\ntwo", "Text/Plain; charset=utf-8") +
                           part("content-disposition: form-data; name=metadata", "{}") +
                           part("Content-Disposition: form-data; name=\"empty\"", "") + kEnd + "epilogue";
  const auto form = read_multipart(kType, body);
  ASSERT_TRUE(form.ok()) << form.status().message();
  ASSERT_EQ(form->size(), 3u);
  EXPECT_EQ((*form)[0].name, "file");
  EXPECT_EQ((*form)[0].filename, "a.txt");
  EXPECT_EQ((*form)[0].content_type, "Text/Plain; charset=utf-8");
  EXPECT_EQ((*form)[0].data, "one\r\n--xy\r\ntwo");
  EXPECT_EQ((*form)[1].name, "metadata");
  EXPECT_FALSE((*form)[1].is_file);
  EXPECT_EQ((*form)[1].data, "{}");
  EXPECT_EQ((*form)[2].data, "");
}

TEST(Multipart, LargePartsAreReadInSteps) {
  const std::string data(std::size_t{20} << 20, 'x');
  const std::string body = file_part("a.txt", data) + file_part("b.txt", "small") + kEnd;
  std::size_t passed = 0;
  MultipartBounds bounds;
  bounds.passed = [&](std::string_view part) {
    EXPECT_GE(part.data(), body.data());
    EXPECT_LE(part.data() + part.size(), body.data() + body.size());
    passed += part.size();
  };
  const auto form = read_multipart(kType, body, bounds);
  ASSERT_TRUE(form.ok()) << form.status().message();
  ASSERT_EQ(form->size(), 2u);
  EXPECT_EQ((*form)[0].data.size(), data.size());
  EXPECT_EQ((*form)[1].data, "small");
  EXPECT_EQ(passed, std::size_t{16} << 20);
}

// A delimiter that lies across the border of two steps is found.
TEST(Multipart, DelimiterMayBeAnywhere) {
  const std::size_t step = std::size_t{8} << 20;
  const std::string head = file_part("a.txt", "").substr(0, file_part("a.txt", "").size() - 2);
  for (std::size_t end = step - 10; end < step + 3; ++end) {
    const std::string body = head + std::string(end, 'x') + "\r\n" + kEnd;
    const auto form = read_multipart(kType, body);
    ASSERT_TRUE(form.ok()) << end;
    EXPECT_EQ((*form)[0].data.size(), end);
  }
}

TEST(Multipart, FileNames) {
  const auto name_of = [](const std::string& parameters) {
    const std::string body = part("Content-Disposition: form-data; name=\"file\"; " + parameters, "x") + kEnd;
    const auto form = read_multipart(kType, body);
    return form ? (*form)[0].filename : form.status().message();
  };
  EXPECT_EQ(name_of("filename=\"a \\\"b\\\" \\\\ c.txt\""), "a \"b\" \\ c.txt");
  EXPECT_EQ(name_of("filename=\"r\xC3\xA9sum\xC3\xA9.md\""), "r\xC3\xA9sum\xC3\xA9.md");
  EXPECT_EQ(name_of("filename=\"x\xE9.md\""), "x\xEF\xBF\xBD.md");
  EXPECT_EQ(name_of("filename=plain.txt"), "plain.txt");
  EXPECT_EQ(name_of("filename=\"semi;colon=1.txt\""), "semi;colon=1.txt");
  EXPECT_EQ(name_of("filename=\"x\"; filename*=UTF-8''r%C3%A9.txt"), "r\xC3\xA9.txt");
  EXPECT_EQ(name_of("filename=\"unclosed"), "unclosed");
  EXPECT_EQ(name_of("filename=\"bell\a.txt\""), "bell.txt");
}

TEST(Multipart, RefusesWhatIsBroken) {
  const std::string good = file_part("a", "x");
  EXPECT_EQ(error_of(good + kEnd), "accepted");
  EXPECT_EQ(error_of(good + kEnd, "multipart/form-data"), "Missing boundary in multipart.");
  EXPECT_NE(error_of(good + kEnd, "multipart/form-data; boundary=\"\"").find("1 to 70"), std::string::npos);
  EXPECT_EQ(error_of(""), "the multipart body does not hold its boundary");
  EXPECT_EQ(error_of("--xyz"), "a multipart boundary is not followed by a line break");
  EXPECT_EQ(error_of("--xyzabc\r\n\r\n"), "a multipart boundary is not followed by a line break");
  EXPECT_EQ(error_of("--xyz\r\nno end"), "a part's header does not end within 8192 bytes");
  EXPECT_EQ(error_of(good), "the multipart body ends inside a part");
}

TEST(Multipart, RefusesBodiesThatAreCut) {
  const std::string whole =
      file_part("a.txt", "some text") + part("Content-Disposition: form-data; name=\"m\"", "{}") + kEnd;
  // Everything up to the two hyphens of the closing boundary is needed.
  for (std::size_t length = 0; length + 2 < whole.size(); ++length)
    EXPECT_NE(error_of(whole.substr(0, length)), "accepted") << length;
  EXPECT_EQ(error_of(whole.substr(0, whole.size() - 2)), "accepted");
}

TEST(Multipart, Bounds) {
  std::string many;
  for (int i = 0; i < 65; ++i) many += part("Content-Disposition: form-data; name=a", "x");
  EXPECT_EQ(error_of(many + kEnd), "more than 64 multipart parts");
  const std::string huge =
      part("Content-Disposition: form-data; name=a\r\nX: " + std::string(100'000, 'h'), "x") + kEnd;
  EXPECT_EQ(error_of(huge), "a part's header does not end within 8192 bytes");
  EXPECT_EQ(error_of(part("X: y", "x") + kEnd), "a part has no Content-Disposition header");
  EXPECT_EQ(error_of(part("nonsense", "x") + kEnd), "a part has a header line without a name");
  EXPECT_EQ(error_of(part("Content-Disposition: attachment; name=a", "x") + kEnd),
            "a part's Content-Disposition must be form-data with a name");
}

std::string metadata_part(const std::string& json) {
  return part("Content-Disposition: form-data; name=\"metadata\"", json);
}

// "name:author" of every file.
std::string authors(const std::string& body) {
  const auto form = read_form(kType, body, 3);
  if (const auto* refused = std::get_if<Response>(&form))
    return std::to_string(refused->status) + " " + refused->body;
  std::string text;
  for (const FormFile& file : std::get<std::vector<FormFile>>(form))
    text += file.name + ":" + file.metadata.author.value_or("none") + " ";
  return text;
}

TEST(Upload, SeveralFilesShareOneMetadataOrHaveOneEach) {
  const std::string two = file_part("a", "x") + file_part("b", "y");
  EXPECT_EQ(authors(two + kEnd), "a:none b:none ");
  EXPECT_EQ(authors(two + metadata_part(R"({"author":"A"})") + kEnd), "a:A b:A ");
  EXPECT_EQ(authors(metadata_part(R"({"author":"A"})") + two + metadata_part(R"({"author":"B"})") + kEnd),
            "a:A b:B ");
  EXPECT_EQ(authors(two + file_part("c", "z") + metadata_part("{}") + metadata_part("{}") + kEnd),
            R"(422 {"detail":[{"loc":["body","metadata"],"msg":"ensure there is one metadata for all files, )"
            R"(or one for each: 2 for 3","type":"value_error.list"}]})");
  EXPECT_EQ(authors(two + two + kEnd).substr(0, 3), "413") << "more files than are allowed";
}

std::string refusal(const std::string& body, const char* type = kType) {
  const auto form = read_form(type, body, 10);
  const auto* answer = std::get_if<Response>(&form);
  return answer ? std::to_string(answer->status) + " " + answer->body : "accepted";
}

TEST(Upload, Errors) {
  const std::string missing =
      R"(422 {"detail":[{"loc":["body","file"],"msg":"field required","type":"value_error.missing"}]})";
  EXPECT_EQ(refusal(kEnd), missing);
  EXPECT_EQ(refusal("file=x", "application/x-www-form-urlencoded"), missing);
  EXPECT_EQ(refusal("", ""), missing);
  EXPECT_EQ(refusal(part("Content-Disposition: form-data; name=\"file\"", "text") + kEnd).substr(0, 60),
            R"(422 {"detail":[{"loc":["body","file"],"msg":"Expected Upload)");
  const std::string bad_metadata =
      part("Content-Disposition: form-data; name=\"metadata\"", R"({"source":"web")");
  EXPECT_EQ(
      refusal(file_part("a.txt", "x") + bad_metadata + kEnd),
      R"x(422 {"detail":[{"loc":["body","metadata"],"msg":"Expecting ',' delimiter: line 1 column 16 (char 15)",)x"
      R"("type":"value_error.jsondecode","ctx":{"msg":"Expecting ',' delimiter","doc":"","pos":15,"lineno":1,"colno":16}}]})");
  const std::string bad_source =
      part("Content-Disposition: form-data; name=\"metadata\"", R"({"source":"web"})");
  EXPECT_NE(refusal(file_part("a.txt", "x") + bad_source + kEnd).find(R"(["body","metadata","source"])"),
            std::string::npos);
}

}  // namespace
}  // namespace rappel
