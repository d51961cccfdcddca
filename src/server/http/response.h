// Response: what a handler answers: whole, in pieces or streamed. Free of any HTTP library.
//
// A whole response has its bytes in `body`. One in pieces has `next_piece`: a function that the connection
// calls on an I/O thread whenever the client has taken the piece before, so a slow client holds no worker and
// no more than a piece of the text. It is quick and waits for nothing. All pieces together must be taken
// within the write timeout. A streamed response has a `stream` instead: a function that the worker
// which computed the response calls, after the head is on its way, and that writes the body piece by piece.
// A response with a `feed` goes on for as long as something may happen and the client listens: the connection
// asks the function for what is new, a few times a second on an I/O thread, so that it holds neither a worker
// nor a buffer. It is quick and waits for nothing; after kFeedPause without a piece the connection asks it
// for one that says that the other side lives. A feed ends when the server stops. HTTP/1.1 clients get all of
// them with chunked transfer encoding, HTTP/1.0 clients up to the end of the connection, HEAD gets the head
// alone and the function is not called.
//
// write() blocks while the client reads slower than the function writes: a stream holds kStreamBuffer bytes
// at most. It returns false when nobody takes the body any more: the client closed its side of the
// connection, took nothing for the write timeout, the deadline of the request passed, or the server stops.
// The function then returns soon; Request::abandoned is stopped as well, for work that waits for something
// else. A function that returns false or throws has failed: the connection is closed without the last chunk,
// so the client sees that the body is not complete.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "server/http/headers.h"

namespace rappel {

class BodyStream {
 public:
  virtual ~BodyStream() = default;
  [[nodiscard]] virtual bool write(std::string_view bytes) = 0;
};

inline constexpr std::size_t kStreamBuffer = std::size_t{64} << 10;

// Appends the next piece of a body; false: there is none left.
using NextPiece = std::function<bool(std::string& piece)>;

struct FeedAsked {
  bool quiet_for_long = false;  // nothing was sent for kFeedPause: say something
};
// Appends what is new. False: nothing comes after it.
using Feed = std::function<bool(std::string& piece, const FeedAsked& asked)>;
inline constexpr std::chrono::seconds kFeedPause{15};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  Headers headers;  // beyond content-type, content-length and those that every response has
  std::function<bool(BodyStream&)> stream;
  NextPiece next_piece = {};
  Feed feed = {};

  static Response json(std::string body, int status = 200) {
    return {status, "application/json", std::move(body), {}, {}};
  }
  static Response text(std::string body, int status = 200) {
    return {status, "text/plain; charset=utf-8", std::move(body), {}, {}};
  }
  // {"detail":"..."}
  static Response detail(int status, std::string_view message);

  Response& with(std::string name, std::string value) & {
    headers.add(std::move(name), std::move(value));
    return *this;
  }
  Response&& with(std::string name, std::string value) && {
    headers.add(std::move(name), std::move(value));
    return std::move(*this);
  }
};

}  // namespace rappel
