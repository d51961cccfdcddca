// ClientWatch: whether the client of a request that is being computed still waits for its response.
//
// A look costs one or two system calls, and is meant to be taken a few times a second. A reset connection is
// the end. A client that has closed and one that has only closed its sending side look the same at first.
// Before the response has begun, the client is asked: an interim response (100 Continue, which clients of
// HTTP/1.1 have to skip; RFC 9110, 15.2) makes the system of a closed client reset the connection. Older
// clients are not asked, and count as present, as does one that has sent its next request already. After a
// streamed response has begun nobody can be asked, so a closed sending side counts as the end.
#pragma once

#include <boost/asio/ip/tcp.hpp>

namespace rappel {

class ClientWatch {
 public:
  ClientWatch(boost::asio::ip::tcp::socket& socket, bool may_ask) : socket_(socket), may_ask_(may_ask) {}

  // Nothing else may read or write the socket meanwhile.
  bool gone();
  // The same while a response is streamed.
  bool gone_from_stream() const;

 private:
  bool failed();

  boost::asio::ip::tcp::socket& socket_;
  bool may_ask_;
  bool asked_ = false;
};

}  // namespace rappel
