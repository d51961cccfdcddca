// RequestBody: the body of a request while the parser of Boost.Beast reads it into a Body (body.h).
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "server/http/body.h"

namespace rappel {

struct RequestBody {
  struct value_type {
    Body* body = nullptr;  // set before the body is read
  };

  class reader {
   public:
    template <bool kRequest, class Fields>
    reader(boost::beast::http::header<kRequest, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>&, boost::system::error_code& error) { error = {}; }
    // not_enough_memory when the budget or the machine has no room for the bytes.
    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::system::error_code& error) {
      RAPPEL_CHECK(body_.body != nullptr, "the bytes of a body are counted");
      error = {};
      for (auto at = boost::asio::buffer_sequence_begin(buffers);
           at != boost::asio::buffer_sequence_end(buffers); ++at) {
        const boost::asio::const_buffer part(*at);
        if (body_.body->append({static_cast<const char*>(part.data()), part.size()})) continue;
        error = make_error_code(boost::system::errc::not_enough_memory);
        return 0;
      }
      return boost::asio::buffer_size(buffers);
    }
    void finish(boost::system::error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

}  // namespace rappel
