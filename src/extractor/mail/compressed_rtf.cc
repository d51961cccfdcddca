#include "extractor/mail/compressed_rtf.h"

#include <algorithm>
#include <array>

namespace rappel::extractor {
namespace {

constexpr std::size_t kHead = 16, kWindow = 4096;
// The window is filled with this before the first byte.
constexpr std::string_view kCommon =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    "\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    "\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
static_assert(kCommon.size() == 207);

class Window {
 public:
  Window() { std::copy(kCommon.begin(), kCommon.end(), bytes_.begin()); }
  void put(char byte, std::string& out) {
    bytes_[at_] = byte;
    at_ = (at_ + 1) % kWindow;
    out += byte;
  }
  char at(std::size_t place) const { return bytes_[place % kWindow]; }
  std::size_t end() const { return at_; }

 private:
  std::array<char, kWindow> bytes_ = {};
  std::size_t at_ = kCommon.size();
};

std::size_t byte(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

}  // namespace

std::string uncompressed_rtf(std::string_view bytes, std::size_t limit) {
  if (bytes.size() < kHead) return {};
  const std::string_view kind = bytes.substr(8, 4);
  bytes.remove_prefix(kHead);
  if (kind == "MELA") return std::string(bytes.substr(0, limit));
  if (kind != "LZFu") return {};
  std::string out;
  Window window;
  for (std::size_t at = 0; at < bytes.size() && out.size() < limit;) {
    const std::size_t flags = byte(bytes, at++);
    for (int bit = 0; bit < 8 && at < bytes.size(); ++bit) {
      if ((flags >> bit & 1) == 0) {
        window.put(bytes[at++], out);
        continue;
      }
      if (at + 1 >= bytes.size()) return out;
      const std::size_t reference = byte(bytes, at) << 8 | byte(bytes, at + 1);
      at += 2;
      const std::size_t from = reference >> 4;
      if (from == window.end()) return out;
      for (std::size_t i = 0; i < (reference & 15) + 2; ++i) window.put(window.at(from + i), out);
    }
  }
  return out;
}

}  // namespace rappel::extractor
