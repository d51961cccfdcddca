// Pairs of connected sockets between this process and one that it starts, and messages of one byte over them,
// which may carry a descriptor.
#pragma once

#include <optional>

#include "base/os/fd.h"
#include "base/status.h"

namespace rappel {

struct SocketPair {
  Fd ours{-1}, theirs{-1};
};
// Programs that are started inherit neither end. Error: kUnavailable.
Result<SocketPair> open_socket_pair();

struct SocketMessage {
  char kind = 0;
  Fd passed{-1};  // not inherited either
};
// Does not wait for the receiver. False: the other end is closed.
bool send_message(int socket, char kind, int passed = -1);
// Waits for the next message. Nothing: the other end is closed.
std::optional<SocketMessage> receive_message(int socket);

}  // namespace rappel
