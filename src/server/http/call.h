// Call: a request on its way through the queue, shared by the connection that waits for it and the worker
// that computes it.
//
// The timer, the answer, the pipe and the ticket belong to the connection's strand. The body and `computed`
// belong to the worker until it posts back. The head does not change.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "base/byte_budget.h"
#include "server/http/body.h"
#include "server/http/body_pipe.h"
#include "server/http/router.h"

namespace rappel {

class Logger;

// A thread that found no memory waits so long, until some may have been given back.
constexpr std::chrono::milliseconds kMemoryPause{20};

// Calls `action` until there is memory for it.
template <class Action>
void until_memory(const Action& action) {
  for (;;) {
    try {
      action();
      return;
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(kMemoryPause);
    }
  }
}

struct Call {
  Call(const boost::asio::any_io_executor& executor, RequestHead request, std::shared_ptr<Body> sent,
       std::chrono::steady_clock::time_point limit)
      : timer(executor), head(std::move(request)), deadline(limit), body(std::move(sent)) {}
  boost::asio::steady_timer timer;
  const RequestHead head;
  const std::chrono::steady_clock::time_point deadline;
  std::shared_ptr<Body> body;        // complete
  std::optional<Response> computed;  // the task's until it posts back
  std::optional<Response> answer;
  std::shared_ptr<BodyPipe> pipe;  // of a streamed answer
  bool unanswered = false;         // there was no memory for an answer
  std::optional<WorkerQueue::Ticket> ticket;
  std::stop_source abandon;  // told to the handler

  // On a worker. Must not throw: nobody would tell the connection, nor catch it.
  static void run(const std::shared_ptr<Call>& call, const Router::Plan& plan, const Router& router,
                  Logger* logger);
  static std::shared_ptr<BodyPipe> make_pipe(const std::shared_ptr<Call>& call);
  static Response compute(Call& call, const Router::Plan& plan, const Router& router);
  static void stream(BodyPipe& pipe, const std::function<bool(BodyStream&)>& producer, const Call& call,
                     Logger* logger);
};

}  // namespace rappel
