// The document of files and vector stores describes the routes below /v1; the others are the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "codec/json.h"
#include "server/core_gate.h"
#include "server/documents/assets.h"
#include "server/vector_stores/vector_stores.h"

namespace rappel {
namespace {

TEST(VectorStoresOpenApi, DescribesTheRoutes) {
  const CoreGate gate(nullptr);
  const ProtocolOptions options;
  const std::string public_url;
  const auto protocol = vector_stores_protocol({options, public_url, gate, {}});
  std::set<std::string> routes, described;
  for (const Route& route : protocol->routes())
    for (const Method method : route.methods)
      if (method != Method::kHead && route.path.starts_with("/v1/"))
        routes.insert(std::string(method_name(method)) + " " + std::string(route.path));
  const auto document = parse_json(asset("vector-stores-api.json"));
  ASSERT_TRUE(document.ok());
  for (const auto& [path, methods] : (*document)["paths"].items())
    for (const auto& [method, operation] : methods.items()) {
      std::string verb = method;
      for (char& c : verb) c = static_cast<char>(std::toupper(c));
      described.insert(verb + " " + path);
    }
  EXPECT_EQ(described, routes);
  EXPECT_EQ(protocol->routes().size(), 3 * routes.size());
}

}  // namespace
}  // namespace rappel
