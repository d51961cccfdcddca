#include "server/pages/openapi.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(MergeOpenApi, AddsPathsAndComponentsOfTheOthers) {
  EXPECT_EQ(
      merge_openapi({R"({"info": {"title": "A"}, "paths": {"/a": 1}, "components": {"schemas": {"S": 1}}})",
                     R"({"info": {"title": "B"}, "paths": {"/b": 2}, "components": {"schemas": {"T": 2}}})",
                     R"({"paths": {"/c": 3}, "components": {"securitySchemes": {"K": 3}}})"}),
      R"({"info":{"title":"A"},"paths":{"/a":1,"/b":2,"/c":3},)"
      R"("components":{"schemas":{"S":1,"T":2},"securitySchemes":{"K":3}}})");
}

TEST(MergeOpenApi, TheFirstOfEqualNamesStays) {
  EXPECT_EQ(merge_openapi({R"({"paths":{"/a":1}})", R"({"paths":{"/a":2}})"}), R"({"paths":{"/a":1}})");
}

TEST(MergeOpenApi, OneDocumentStaysAsItIs) {
  EXPECT_EQ(merge_openapi({R"({"b": [1, 2], "a": null})"}), R"({"b":[1,2],"a":null})");
}

}  // namespace
}  // namespace rappel
