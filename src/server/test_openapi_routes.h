// For tests: the routes of a protocol beside those that its OpenAPI document describes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "server/core_gate.h"
#include "server/documents/assets.h"
#include "server/protocols.h"

namespace rappel {

// HEAD comes with GET and is not described.
inline void expect_described_routes(std::string_view name, std::string_view document) {
  const CoreGate gate(nullptr);
  const ProtocolOptions options;
  const std::string public_url;
  const Protocols protocols = make_protocols({options, public_url, gate, {}});
  const auto protocol =
      std::find_if(protocols.begin(), protocols.end(), [&](const auto& one) { return one->name() == name; });
  ASSERT_NE(protocol, protocols.end()) << name;
  std::set<std::string> routes, described;
  for (const Route& route : (*protocol)->routes())
    for (const Method method : route.methods)
      if (method != Method::kHead)
        routes.insert(std::string(method_name(method)) + " " + std::string(route.path));
  const auto parsed = parse_json(asset(document));
  ASSERT_TRUE(parsed.ok()) << document;
  EXPECT_EQ((*protocol)->openapi(), asset(document));
  for (const auto& [path, methods] : (*parsed)["paths"].items())
    for (const auto& [method, operation] : methods.items()) {
      std::string verb = method;
      for (char& c : verb) c = static_cast<char>(std::toupper(c));
      described.insert(verb + " " + path);
    }
  EXPECT_EQ(described, routes);
}

}  // namespace rappel
