// ClientWatch: whether the client of a request that is being computed still waits for its response.
//
// A look costs one or two system calls, and is meant to be taken a few times a second. It moves bytes that
// the client has sent meanwhile (its next request) to the connection's buffer, because the end of a
// connection shows only after them. A reset connection is the end. A client that has closed and one that has
// only closed its sending side look the same at first. Before the response has begun, the client is asked: an
// interim response (100 Continue, which clients of HTTP/1.1 have to skip; RFC 9110, 15.2) makes the system of
// a closed client reset the connection. Older clients are not asked, and count as present, as does one that
// has sent more than the buffer holds. After a streamed response has begun nobody can be asked, so a closed
// sending side counts as the end.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>

#include "server/http/client_stream.h"

namespace rappel {

class ClientWatch {
 public:
  ClientWatch(ClientStream& stream, boost::beast::flat_buffer& buffer, bool may_ask)
      : stream_(stream), buffer_(buffer), may_ask_(may_ask) {}

  // Nothing else may read or write the stream or the buffer meanwhile.
  bool gone();
  // The same while a response is streamed.
  bool gone_from_stream();

 private:
  enum class Seen { kNothing, kEnd, kFailure };
  Seen look();
  bool failed();

  ClientStream& stream_;
  boost::beast::flat_buffer& buffer_;
  bool may_ask_;
  bool asked_ = false;
};

}  // namespace rappel
