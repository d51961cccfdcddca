// Between the messages of Boost.Beast and those of the handlers.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "server/http/refusal.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace rappel {

RequestHead request_head(const boost::beast::http::request_header<>& request);

// The refusal of a request whose framing is wrong or not supported; its body is not read.
std::optional<Refusal> refuse_framing(const boost::beast::http::request_header<>& request);

// The head of a response without the fields that depend on its body.
boost::beast::http::response<boost::beast::http::string_body> response_head(const Response& from,
                                                                            unsigned version,
                                                                            bool keep_alive);

}  // namespace rappel
