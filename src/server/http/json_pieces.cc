#include "server/http/json_pieces.h"

#include <memory>
#include <utility>

namespace rappel {
namespace {

struct Rest {
  JsonWriter out;
  std::function<bool(JsonWriter&)> next;
  bool ended = false;

  void write(std::size_t bytes) {
    while (!ended && out.size() < bytes) ended = !next(out);
  }
};

}  // namespace

Response json_in_pieces(std::function<bool(JsonWriter&)> next) {
  auto rest = std::make_shared<Rest>();
  rest->next = std::move(next);
  rest->write(kWholeAnswer);
  if (rest->ended) return Response::json(rest->out.take());
  Response response = Response::json("");
  response.next_piece = [rest](std::string& piece) {
    rest->write(kAnswerPiece);
    if (rest->out.size() == 0) return false;
    piece += rest->out.take();
    return true;
  };
  return response;
}

}  // namespace rappel
