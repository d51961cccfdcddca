// The server while allocations fail. A program of its own, because test_failing_allocations.cc replaces
// operator new.
#include <gtest/gtest.h>

#include <cerrno>

#include "server/test_failing_allocations.h"
#include "server/test_server.h"

namespace rappel {
namespace {

class ShortMemoryTest : public ServerTest {
 protected:
  ShortMemoryTest() {
    spare_this_thread();
    options_.io_threads = 1;  // the strands of several cannot do without memory
  }
  ~ShortMemoryTest() override { let_allocations_succeed(); }
  // All that the server says until it closes the connection.
  std::string rest_of(const std::string& text) {
    Client client(port());
    client.send(text);
    const std::string rest = client.rest();
    EXPECT_NE(errno, EAGAIN) << "neither answered nor closed";
    return rest;
  }
  // Nothing is left behind: the server serves, holds nothing, and stops without cutting a request.
  void expect_sound() {
    let_allocations_succeed();
    EXPECT_EQ(status_of(once(query("again"))), 200);
    EXPECT_TRUE(says(metrics(), "\nrappel_http_held_bytes 0\n"));
    EXPECT_TRUE(says(metrics(), "\nrappel_http_requests_waiting 0\n"));
    EXPECT_EQ(server_->stop().cut, 0u);
  }
};

TEST_F(ShortMemoryTest, BodyWithoutMemoryIsRefused) {
  options_.stop_timeout = std::chrono::seconds(20);
  start();
  fail_allocations_above(std::size_t{1} << 20);
  for (int i = 0; i < 4; ++i) {
    const std::string answer = rest_of(request("POST", "/upsert", std::string(std::size_t{8} << 20, ' ')));
    EXPECT_EQ(status_of(answer), 429) << answer;
  }
  EXPECT_EQ(status_of(once(query("small"))), 200);
  expect_sound();
}

// Whichever allocation of a request fails: the request is answered or its connection closed, others go on.
TEST_F(ShortMemoryTest, EachFailedAllocationCostsOneRequest) {
  options_.stop_timeout = std::chrono::seconds(20);
  start();
  const std::string last = "Connection: close\r\n";
  const std::string requests[] = {
      request("POST", "/query", R"({"queries":[{"query":"a"},{"query":"b","filter":{"author":"x"}}]})", last),
      request("POST", "/upsert", R"({"documents":[{"id":"a","text":"t","metadata":{"k":1}}]})", last),
      request("GET", "/health", "", last), "NONSENSE\r\n\r\n"};
  for (const std::string& text : requests) {
    int unharmed = 0;
    for (int n = 0; n < 1000 && unharmed < 3; ++n) {
      fail_allocation(n);
      (void)rest_of(text);
      unharmed = allocation_failed() ? 0 : unharmed + 1;
    }
    EXPECT_EQ(unharmed, 3) << "the loop has met each allocation";
  }
  expect_sound();
}

}  // namespace
}  // namespace rappel
