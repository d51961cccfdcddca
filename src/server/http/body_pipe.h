// BodyPipe: the bounded buffer between a worker that streams a body and the connection that sends it.
//
// The worker writes and finishes; the connection takes, and closes by abandoning the call (call.h). write()
// blocks while the buffer is full; nothing on the connection's side blocks. `wake` is called after bytes or
// the end came into an empty buffer, on the worker's thread; a wake that gets lost costs a delay only,
// because the connection looks regularly.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "server/http/response.h"

namespace rappel {

class BodyPipe : public BodyStream {
 public:
  BodyPipe(std::size_t capacity, std::function<void()> wake);

  // Worker. False once the connection has closed the pipe; some of the bytes may then have been sent.
  bool write(std::string_view bytes) override;
  // Worker: nothing more comes. `complete`: the body is whole.
  void finish(bool complete);

  struct Piece {
    std::string bytes;
    bool ended = false;     // nothing comes after these bytes
    bool complete = false;  // and the body is whole
  };
  // Connection: all that is there now.
  Piece take();
  // Any thread: nobody takes any more.
  void close();

 private:
  const std::size_t capacity_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::string buffer_;
  bool finished_ = false, complete_ = false, closed_ = false;
};

}  // namespace rappel
