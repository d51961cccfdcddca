#include "server/http/call.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <new>

#include "base/log.h"
#include "server/http/content_coding.h"

namespace rappel {

namespace asio = boost::asio;

void Call::run(const std::shared_ptr<Call>& call, const Router::Plan& plan, const Router& router,
               Logger* logger) {
  std::shared_ptr<BodyPipe> pipe;
  std::function<bool(BodyStream&)> producer;
  try {
    call->computed = compute(*call, plan, router);
    if (call->computed->stream) {
      producer = call->computed->stream;
      pipe = make_pipe(call);
    }
  } catch (const std::exception&) {  // no memory, not even for the refusal
    call->computed.reset();
    pipe.reset();
  }
  call->body.reset();  // before the client can know: its next request finds the room free
  until_memory([&] {
    asio::post(call->timer.get_executor(), [call, pipe] {
      call->unanswered = !call->computed;
      call->answer = std::move(call->computed);
      call->pipe = pipe;
      call->timer.cancel();
    });
  });
  if (!pipe || call->head.method == Method::kHead) return;
  // A connection abandons its call however it ends, also before it has seen the pipe.
  const std::stop_callback close(call->abandon.get_token(), [&pipe] { pipe->close(); });
  stream(*pipe, producer, *call, logger);
}

Response Call::compute(Call& call, const Router::Plan& plan, const Router& router) {
  const Body* const sent = call.body.get();
  if (const auto refused = decode_body(call.head.headers, plan.max_body, call.body))
    return plan.protocol->refuse(*refused);
  const Body& body = *call.body;
  if (&body != sent && call.body->memory().take(plan.body_copies * body.size()) != ByteHold::Room::kTaken)
    return plan.protocol->refuse(no_room_refusal(kRetrySeconds));
  return router.run(
      plan, {call.head, body.bytes(), body.file(), call.body->memory().budget(), call.abandon.get_token()});
}

std::shared_ptr<BodyPipe> Call::make_pipe(const std::shared_ptr<Call>& call) {
  return std::make_shared<BodyPipe>(kStreamBuffer, [weak = std::weak_ptr<Call>(call)] {
    const std::shared_ptr<Call> alive = weak.lock();  // the call owns the pipe
    if (!alive) return;
    try {
      asio::post(alive->timer.get_executor(), [alive] { alive->timer.cancel(); });
    } catch (const std::bad_alloc&) {  // the connection looks by itself, a moment later
    }
  });
}

void Call::stream(BodyPipe& pipe, const std::function<bool(BodyStream&)>& producer, const Call& call,
                  Logger* logger) {
  bool complete = false;
  try {
    complete = producer(pipe);
  } catch (const std::exception& error) {
    try {
      if (logger)
        logger->event(LogLevel::kError,
                      fmt::format("{} {}: the streamed response failed: {}", call.head.method_text,
                                  call.head.path, error.what()),
                      {{"request_id", call.head.request_id}});
    } catch (const std::bad_alloc&) {  // nor memory for the line
    }
  }
  pipe.finish(complete);
}

}  // namespace rappel
