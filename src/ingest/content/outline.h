// Outline: where the structure of a text lies, as marks over its bytes. Extraction makes it with the text;
// chunks follow its borders and tell their place by it.
//
// Marks are sorted by `begin`. They nest: a file in the file holds its own parts and headings, and after it
// those of the outer file go on. An outline that is cut keeps its parts and files, so that no place is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rappel {

enum class MarkKind : std::uint8_t {
  kPage,  // parts: they hold what follows, up to the next part of their file
  kSlide,
  kSheet,
  kChapter,
  kMessage,
  kFile,     // a file in the file
  kHeading,  // an empty one of level 0 ends all headings
  kTable,    // rows one after another, a line each; or one row that has line ends in its cells
  kList,     // items one after another
  kCode,
};

struct OutlineMark {
  static constexpr std::uint32_t kNoName = UINT32_MAX;

  MarkKind kind = MarkKind::kPage;
  std::uint8_t level = 0;        // headings: 1..9; tables: 1 for one row with line ends in its cells
  std::uint32_t begin = 0;       // bytes of the text; parts: where their text begins
  std::uint32_t end = 0;         // parts: equal to `begin`
  std::uint32_t number = 0;      // parts: from 1 in their file; tables: of the first row, 0 if unknown
  std::uint32_t name = kNoName;  // index in `names`, of parts, files and headings; tables: their columns

  bool operator==(const OutlineMark&) const = default;
};

struct Outline {
  std::vector<OutlineMark> marks;
  std::vector<std::string> names;

  bool empty() const { return marks.empty(); }
  const std::string& name_of(const OutlineMark& mark) const;  // "" if it has none
  // Bytes beyond the object itself.
  std::size_t memory() const;

  bool operator==(const Outline&) const = default;
};

// Marks besides parts and files; later ones are left out.
inline constexpr std::size_t kMostMarks = 300'000;
// Longer names are cut.
inline constexpr std::size_t kMostNameBytes = 400;

// Makes the outline of a text that grows.
class OutlineBuilder {
 public:
  // Numbers the parts of each kind.
  void part(MarkKind kind, const std::string& name, std::size_t begin);
  // `text`: of the heading, where that is not all of its range.
  void heading(int level, std::size_t begin, std::size_t end, const std::string& text = {});
  // `header`: the row has the names of the columns. They are those of the rows after it, as long as their
  // numbers grow.
  void row(std::uint32_t number, bool header, const std::string& text, std::size_t begin);
  void item(std::size_t begin, std::size_t end) { run(MarkKind::kList, begin, end); }
  void code(std::size_t begin, std::size_t end) { run(MarkKind::kCode, begin, end); }
  // Something else came, or the end of a table or list.
  void other() { state_.open = false; }
  // Where the outline stands.
  struct State {
    std::size_t marks = 0, names = 0;
    std::size_t counted = 0;                       // marks besides parts and files
    bool cut = false;                              // further ones are left out
    bool open = false;                             // the last mark is a table or list that may go on
    std::uint32_t numbers[5] = {};                 // parts so far, by kind
    std::uint32_t last_row = 0;                    // 0: no table
    std::uint32_t columns = OutlineMark::kNoName;  // of that table
  };
  State state() const;
  // Forgets what came after `state`.
  void go_back(const State& state);
  // A file in the file begins, and has parts of its own until end_file() with the state that this returns.
  State begin_file(const std::string& name, std::size_t begin);
  void end_file(const State& outer, std::size_t end);
  // The outline of a text that begins there.
  void append(const Outline& inner, std::size_t begin);

  // Bytes of memory that it takes.
  std::size_t memory() const { return outline_.marks.capacity() * sizeof(OutlineMark) + name_bytes_; }
  Outline take();

 private:
  void run(MarkKind kind, std::size_t begin, std::size_t end);
  // Null: there are too many already.
  OutlineMark* add(MarkKind kind, std::size_t begin, std::size_t end);
  std::uint32_t name(const std::string& text);

  Outline outline_;
  State state_;                 // but for `marks` and `names`
  std::size_t name_bytes_ = 0;  // of memory
};

}  // namespace rappel
