// Paging: the lists of OpenAI's API, whose pages follow each other by the id of an item.
//
// Lists are ordered by the time at which their items were made. A client may go on after an item that it has
// removed in the meantime: GoneItems remembers where it stood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/input/lenient_object.h"

namespace rappel {

class JsonWriter;

struct PageQuery {
  std::size_t limit = 20;
  bool ascending = false;
  std::string after, before;  // ids; empty: not given
};

// "?limit=3&order=asc&after=ID"; other members are ignored.
std::variant<PageQuery, InputFault> read_page_query(std::string_view query, std::size_t fallback,
                                                    std::size_t most);

// The decoded value of a member; empty without one.
std::string query_text(std::string_view query, std::string_view name);

// The place of an item in the order of time: items of one time are ordered by their ids.
struct PagePlace {
  std::int64_t time = 0;
  std::string id;

  auto operator<=>(const PagePlace&) const = default;
};

// Places of items that were removed, the last ones of them. Any thread may call any method.
class GoneItems {
 public:
  void note(const PagePlace& place);
  std::optional<PagePlace> find(std::string_view id) const;

 private:
  static constexpr std::size_t kMost = 20'000;

  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t, std::less<>> times_;
  std::deque<std::string> order_;
};

struct Page {
  std::vector<std::size_t> items;  // indexes, in the order of the page
  bool has_more = false;           // in the direction of the page
};

// `places` come in any order. A fault: `after` or `before` names nothing.
std::variant<Page, InputFault> page_of(const std::vector<PagePlace>& places, const PageQuery& query,
                                       const GoneItems& gone);

// {"object":"list","data":[..],"first_id","last_id","has_more"}; `write` writes the item of an index.
std::string page_json(const std::vector<PagePlace>& places, const Page& page,
                      const std::function<void(JsonWriter&, std::size_t)>& write);

}  // namespace rappel
