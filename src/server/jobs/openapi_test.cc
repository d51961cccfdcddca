// The OpenAPI document of the jobs against the program: its routes, and the members that its writers write.
#include <gtest/gtest.h>

#include <set>

#include "codec/json.h"
#include "server/documents/assets.h"
#include "server/http/json_writer.h"
#include "server/jobs/job_json.h"
#include "server/jobs/jobs.h"

namespace rappel {
namespace {

using Names = std::set<std::string>;

Json document() {
  auto parsed = parse_json(asset("jobs-api.json"));
  EXPECT_TRUE(parsed.ok());
  return std::move(*parsed);
}

Names keys_of(const Json& object) {
  Names names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

TEST(JobsOpenApi, TheDocumentHasTheRoutesAndNoOthers) {
  const CoreGate gate(nullptr);
  const ProtocolOptions options;
  const std::string public_url;
  const auto jobs = jobs_protocol({options, public_url, gate, {}});
  Names routes, described;
  for (const Route& route : jobs->routes())
    for (const Method method : route.methods)
      routes.insert(std::string(method_name(method)) + " " + std::string(route.path));
  const Json json = document();
  for (const auto& [path, methods] : json["paths"].items())
    for (std::string method : keys_of(methods)) {
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      described.insert(method + " " + path);
    }
  EXPECT_EQ(described, routes);
}

TEST(JobsOpenApi, SchemasHaveTheMembersThatAreWritten) {
  const Json schemas = document()["components"]["schemas"];
  JsonWriter view, result;
  write_view(view.begin_object(), {});
  write_job_result(result.begin_object(), {});
  EXPECT_EQ(keys_of(schemas["Job"]["properties"]), keys_of(*parse_json(view.end_object().take())));
  EXPECT_EQ(keys_of(schemas["JobResult"]["properties"]), keys_of(*parse_json(result.end_object().take())));
}

}  // namespace
}  // namespace rappel
