// Call: a request on its way through the queue, shared by the connection that waits for it and the worker
// that computes it.
//
// The timer, the answer and the pipe belong to the connection's strand. Body, reservation and `computed`
// belong to the worker until it posts back. The head does not change.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "server/http/body_pipe.h"
#include "server/http/router.h"

namespace rappel {

class Logger;

// A thread that found no memory waits so long, until some may have been given back.
constexpr std::chrono::milliseconds kMemoryPause{20};

// Bytes of bodies, counted against max_pending_bytes for as long as the object lives.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept
      : total_(std::exchange(other.total_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Reservation& operator=(Reservation&&) = delete;
  ~Reservation() { release(); }

  void release() {
    if (total_) *total_ -= bytes_;
    total_ = nullptr;
  }

  bool take(std::atomic<std::size_t>& total, std::size_t bytes, std::size_t limit) {
    if (total.fetch_add(bytes) + bytes > limit) {
      total -= bytes;
      return false;
    }
    total_ = &total;
    bytes_ = bytes;
    return true;
  }

 private:
  std::atomic<std::size_t>* total_ = nullptr;
  std::size_t bytes_ = 0;
};

struct Call {
  Call(boost::asio::any_io_executor executor, RequestHead request, Reservation held,
       std::chrono::steady_clock::time_point limit)
      : timer(std::move(executor)), head(std::move(request)), reservation(std::move(held)), deadline(limit) {}
  boost::asio::steady_timer timer;
  const RequestHead head;
  Reservation reservation;
  const std::chrono::steady_clock::time_point deadline;
  std::string body;
  std::optional<Response> computed;  // the task's until it posts back
  std::optional<Response> answer;
  std::shared_ptr<BodyPipe> pipe;  // of a streamed answer
  bool unanswered = false;         // there was no memory for an answer
  std::stop_source abandon;        // told to the handler

  // On a worker. Must not throw: nobody would tell the connection, nor catch it.
  static void run(const std::shared_ptr<Call>& call, const Router::Plan& plan, const Router& router,
                  Logger* logger);
  static std::shared_ptr<BodyPipe> make_pipe(const std::shared_ptr<Call>& call);
  static void stream(BodyPipe& pipe, const std::function<bool(BodyStream&)>& producer, const Call& call,
                     Logger* logger);
};

}  // namespace rappel
