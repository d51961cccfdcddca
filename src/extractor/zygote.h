// Zygote: a process that has the libraries of readers open and forks a child for every file.
//
// It talks over descriptor 0 in messages of one byte (base/os/socket_pair.h):
//   to it     kZygoteFile  with a socket, from which a child reads a request and to which it answers
//             (ingest/content/read_request.h)
//   from it   the child's exit status, or 128 + the signal that killed it, once it is gone
// It has one child at a time, never reads from that socket, and so holds nothing of a file. When descriptor 0
// is closed it ends, and its child dies with it.
#pragma once

#include <functional>

namespace rappel::extractor {

// `read` runs in each child, with the socket as its standard input and output; its result is the exit status.
// Returns the exit status of the zygote. This process must have no other threads.
int serve_as_zygote(const std::function<int()>& read);

}  // namespace rappel::extractor
