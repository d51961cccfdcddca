// NameEdits: the edit distance from one name to names that come in sorted order: the least number of
// inserted, deleted and replaced characters and of exchanges of two neighbours, none edited twice (optimal
// string alignment). The part that a name has in common with the one before it is not computed again (as in a
// walk over a trie).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace rappel {

class NameEdits {
 public:
  static constexpr std::size_t kLongest = 64;  // bytes of either name; later ones are not looked at

  // `most`: distances above it are of no interest.
  NameEdits(std::string_view wanted, int most);

  // The distance of `name`, which has its first `shared` bytes in common with the one before; most + 1 if it
  // is larger.
  int of(std::string_view name, std::size_t shared);
  // After of(): bytes of the beginning of that name that no near name has; 0: names that begin so may be
  // near.
  std::size_t hopeless() const { return hopeless_ ? ends_[depth_ - 1] : 0; }

 private:
  using Row = std::array<std::uint8_t, kLongest + 2>;
  // The row of the first characters of the name and all beginnings of the wanted one; false: all are too
  // large.
  bool add(char32_t character);

  std::vector<char32_t> wanted_;
  const int most_;
  std::array<Row, kLongest + 1> rows_;
  std::array<char32_t, kLongest> characters_{};
  std::array<std::size_t, kLongest> ends_{};  // bytes up to the end of each character
  std::size_t depth_ = 0;                     // characters with a row
  bool hopeless_ = false;                     // the last row: no name that goes on so is near
};

}  // namespace rappel
