// Read request: how `rappel` asks the program rappel-extract for the content of a file.
//
// The program gets a head of texts, each with its length in four bytes (little endian), and then the bytes of
// the file to the end of the stream. It answers as wire.h says. Nothing of it is an argument or a variable of
// the environment, which other processes could read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rappel {

struct ReadRequest {
  std::string name, media_type, charset;  // as in FileHint
  std::string password;                   // may be empty
};

// The message that passes a zygote the socket of a file (extractor/zygote.h).
inline constexpr char kZygoteFile = 'F';

std::string head_of(const ReadRequest& request);

// Takes the head from the start of `bytes`. Nothing: it is damaged.
std::optional<ReadRequest> take_head(std::string_view& bytes);

}  // namespace rappel
