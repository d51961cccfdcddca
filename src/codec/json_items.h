// JSON items: the objects of one JSON array, read one by one from a file descriptor, with bounded memory.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "codec/json.h"

namespace rappel {

// A bad item is counted and passed to `report` with its number, from 1, and the next one is read. Damage of
// the array itself ends it: `report` gets the number of the item that would follow. The descriptor stays the
// caller's. For one thread.
class JsonItemReader {
 public:
  using Report = std::function<void(std::size_t item, const std::string& problem)>;
  JsonItemReader(int descriptor, std::size_t max_item, Report report);

  struct Record {
    std::size_t item = 0;   // from 1
    std::size_t bytes = 0;  // read for it
    Json object;
  };

  // False at the end of the array.
  bool next(Record* record);

 private:
  int peek();
  int take();
  void skip_blanks();
  bool begin();
  bool separator();
  bool read_item(std::string& text);
  bool end_with(const std::string& problem);

  const int descriptor_;
  const std::size_t max_item_;
  const Report report_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t bytes_ = 0;  // taken in all
  std::size_t number_ = 0;
  bool ended_ = false;
  int error_ = 0;
};

}  // namespace rappel
