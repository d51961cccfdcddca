// extract_dump OUT FILE..: reads each file in this process, without protection, and writes OUT/NAME.txt and
// OUT/NAME.json as ../shared/data/files/score.py takes them. For tests and for work on the readers.
#include <cstdio>
#include <filesystem>

#include "base/os/file.h"
#include "extractor/readers.h"
#include "ingest/content/collected.h"
#include "ingest/extract/file_type.h"

namespace {

using namespace rappel;
using namespace rappel::extractor;

constexpr int kDepth = 3;

struct Dump {
  std::string text, json;
};

Dump read(std::string_view bytes, const std::string& name, int depth) {
  const std::string type = detect_file_type(bytes, {name, "", ""}).media_type;
  const Reader* reader = find_reader(type);
  CollectedContent content;
  if (reader == nullptr) {
    (void)content.warning("nothing reads \"" + type + "\"");
  } else {
    const Status status = reader->read({bytes, name}, content);
    if (!status.ok()) (void)content.warning("ERROR " + status.to_string());
  }
  Dump dump{text_of(content), json_of(content, type)};
  for (const Attachment& attachment : content.attachments)
    if (depth < kDepth) dump.text += "\n" + read(attachment.bytes, attachment.name, depth + 1).text;
  return dump;
}

}  // namespace

int main(int count, char** arguments) {
  const std::filesystem::path out = arguments[1];
  std::filesystem::create_directories(out);
  for (int i = 2; i < count; ++i) {
    const std::filesystem::path path = arguments[i];
    const auto bytes = read_file(path);
    if (!bytes.ok()) {
      std::fprintf(stderr, "%s\n", bytes.status().to_string().c_str());
      return 1;
    }
    const Dump dump = read(*bytes, path.filename().string(), 0);
    const std::string name = path.filename().string();
    if (!write_file_atomic(out / (name + ".txt"), dump.text).ok()) return 1;
    if (!write_file_atomic(out / (name + ".json"), dump.json).ok()) return 1;
  }
  return 0;
}
