#include "server/vector_stores/paging.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "server/http/headers.h"
#include "server/http/json_writer.h"
#include "server/input/ingest_options.h"

namespace rappel {
namespace {

// Where an id stands; nothing if it is unknown.
std::optional<PagePlace> place_of(const std::vector<PagePlace>& places, const std::string& id,
                                  const GoneItems& gone) {
  const auto it =
      std::find_if(places.begin(), places.end(), [&](const PagePlace& place) { return place.id == id; });
  return it == places.end() ? gone.find(id) : std::optional(*it);
}

InputFault unknown(const char* name) {
  return {fmt::format("`{}` names nothing in this list; begin again without it", name), name};
}

}  // namespace

std::string query_text(std::string_view query, std::string_view name) {
  return percent_decoded(query_member(query, name).value_or(""));
}

std::variant<PageQuery, InputFault> read_page_query(std::string_view query, std::size_t fallback,
                                                    std::size_t most) {
  PageQuery page;
  page.limit = fallback;
  if (const std::string digits = query_text(query, "limit"); !digits.empty()) {
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, page.limit);
    if (read.ec != std::errc() || read.ptr != end || page.limit < 1 || page.limit > most)
      return InputFault{fmt::format("`limit` must be an integer between 1 and {}", most), "limit"};
  }
  const std::string order = query_text(query, "order");
  if (!order.empty() && order != "asc" && order != "desc")
    return InputFault{"`order` must be asc or desc", "order"};
  page.ascending = order == "asc";
  page.after = query_text(query, "after");
  page.before = query_text(query, "before");
  return page;
}

void GoneItems::note(const PagePlace& place) {
  const std::lock_guard lock(mutex_);
  if (!times_.insert_or_assign(place.id, place.time).second) return;
  order_.push_back(place.id);
  if (order_.size() <= kMost) return;
  times_.erase(order_.front());
  order_.pop_front();
}

std::optional<PagePlace> GoneItems::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto it = times_.find(id);
  if (it == times_.end()) return std::nullopt;
  return PagePlace{it->second, it->first};
}

std::variant<Page, InputFault> page_of(const std::vector<PagePlace>& places, const PageQuery& query,
                                       const GoneItems& gone) {
  const auto comes_before = [&](const PagePlace& a, const PagePlace& b) {
    return query.ascending ? a < b : b < a;
  };
  std::vector<std::size_t> order;
  std::optional<PagePlace> after, before;
  if (!query.after.empty() && !(after = place_of(places, query.after, gone))) return unknown("after");
  if (!query.before.empty() && !(before = place_of(places, query.before, gone))) return unknown("before");
  for (std::size_t i = 0; i < places.size(); ++i)
    if ((!after || comes_before(*after, places[i])) && (!before || comes_before(places[i], *before)))
      order.push_back(i);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return comes_before(places[a], places[b]); });
  Page page;
  page.has_more = order.size() > query.limit;
  // The page before an item ends at that item.
  const auto surplus = static_cast<std::ptrdiff_t>(order.size() - std::min(order.size(), query.limit));
  if (before && !after)
    order.erase(order.begin(), order.begin() + surplus);
  else
    order.erase(order.end() - surplus, order.end());
  page.items = std::move(order);
  return page;
}

std::string page_json(const std::vector<PagePlace>& places, const Page& page,
                      const std::function<void(JsonWriter&, std::size_t)>& write) {
  JsonWriter out;
  out.begin_object().key("object").string("list").key("data").begin_array();
  for (const std::size_t item : page.items) write(out, item);
  out.end_array();
  const auto id = [&](const char* name, bool first) {
    out.key(name);
    if (page.items.empty())
      out.null();
    else
      out.string(places[first ? page.items.front() : page.items.back()].id);
  };
  id("first_id", true);
  id("last_id", false);
  return out.key("has_more").boolean(page.has_more).end_object().take();
}

}  // namespace rappel
