// Read request: how `rappel` asks the program rappel-extract for the content of a file.
//
// The program gets a head: one byte, texts, each with its length in four bytes (little endian). The byte says
// where the file is: 'B', its bytes follow to the end of the stream. 'D', it lies in a descriptor that came
// with this byte over a socket, and two numbers of eight bytes follow, its offset there and its length. The
// program answers as wire.h says. Nothing of it is an argument or a variable of the environment, which other
// processes could read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rappel {

// A file in an open descriptor.
struct FilePart {
  std::uint64_t offset = 0, bytes = 0;
};

struct ReadRequest {
  std::string name, media_type, charset;  // as in FileHint
  std::string password;                   // may be empty
  std::optional<FilePart> file = {};      // nothing: its bytes follow the head
};

// The message that passes a zygote the socket of a file (extractor/zygote.h).
inline constexpr char kZygoteFile = 'F';

// A property that asks for another process, which has a library open that this one has not. The content of
// this one then does not count.
inline constexpr std::string_view kWantsLibrary = "wants_library", kArchiveLibrary = "archive";

std::string head_of(const ReadRequest& request);

// Takes the head from the start of `bytes`. Nothing: it is damaged.
std::optional<ReadRequest> take_head(std::string_view& bytes);

}  // namespace rappel
