// TextArena: the bytes of many short texts in few allocations. Views stay valid for as long as the arena, or
// the one that took it over.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

namespace rappel {

class TextArena {
 public:
  std::string_view add(std::string_view text) {
    if (text.size() > left_) add_page(text.size());
    char* const begin = free_;
    std::memcpy(begin, text.data(), text.size());
    free_ += text.size();
    left_ -= text.size();
    bytes_ += text.size();
    return {begin, text.size()};
  }

  void take(TextArena&& other) {
    std::move(other.pages_.begin(), other.pages_.end(), std::back_inserter(pages_));
    bytes_ += other.bytes_;
    other = {};
  }

  std::size_t bytes() const { return bytes_; }  // of the texts

 private:
  static constexpr std::size_t kFirstPage = 512, kLargestPage = 64 * 1024;

  void add_page(std::size_t at_least) {
    page_ = std::min(page_ * 2, kLargestPage);
    left_ = std::max(page_, at_least);
    pages_.push_back(std::make_unique_for_overwrite<char[]>(left_));
    free_ = pages_.back().get();
  }

  std::vector<std::unique_ptr<char[]>> pages_;
  std::size_t page_ = kFirstPage / 2;
  char* free_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace rappel
